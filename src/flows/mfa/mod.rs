//! The second factors of users.

pub mod auth_factors;
pub mod preferences;
pub mod software_token;
