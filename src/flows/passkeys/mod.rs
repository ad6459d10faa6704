//! Passkeys: registering, listing and deleting them, and signing in with one (administration 12.2 and 12.3).

pub mod own;
pub mod registration;
mod relying_party;
pub mod sign_in;
