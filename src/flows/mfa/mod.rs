//! The second factors of users.

pub mod preferences;
pub mod software_token;
