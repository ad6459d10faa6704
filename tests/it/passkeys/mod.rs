//! Passkeys: administration 12.2 and 12.3.

mod lists;
mod refusals;
mod registration;
mod settings;
mod sign_in;
mod sign_in_refusals;
mod user_auth;
