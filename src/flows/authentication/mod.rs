//! Signing in, the tokens that it brings, and the calls that present them.

pub(in crate::flows) mod activity;
pub mod authorize;
mod browser;
pub(super) mod challenge_session;
pub mod client_token;
pub mod custom;
mod custom_challenge;
pub(super) mod custom_sign_in;
pub mod derived_token;
pub mod device;
pub mod first_factor;
pub mod first_factor_again;
mod named_user;
pub mod new_password;
pub mod outcome;
pub mod passkey;
pub mod password;
pub mod refresh;
mod results;
pub mod second_factor;
mod second_factor_challenge;
pub mod sign_in_triggers;
pub mod srp;
mod standing;
mod step;
pub mod step_up;
pub mod tokens;
