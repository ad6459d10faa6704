//! Signing up and confirming the sign-up.

pub mod confirm;
pub mod register;
