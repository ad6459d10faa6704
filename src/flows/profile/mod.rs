//! What a user reads and changes of its own profile, and an administrator of it.

pub mod attributes;
