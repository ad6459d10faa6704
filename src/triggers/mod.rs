//! Lambda triggers: functions of the operator's that take part in what a user pool does (behaviour 6).
//!
//! A file for each trigger has its event's request and response as types, and a function that calls it where the
//! pool has one. A flow calls that function while no transaction is open. [`Triggers`] finds where the function is
//! reached and calls it, for all of them.

mod answer;
mod endpoint;
mod event;
mod invoker;
mod journal;

pub mod create_auth_challenge;
pub mod custom_message;
pub mod custom_senders;
pub mod define_auth_challenge;
pub mod post_authentication;
pub mod post_confirmation;
pub mod pre_authentication;
pub mod pre_sign_up;
pub mod pre_token_generation;
pub mod user_migration;
pub mod verify_auth_challenge_response;

pub use endpoint::SetUpError;
pub use event::{ChallengeResult, Metadata, Occasion, Texts, user_attributes};
pub use invoker::Triggers;
pub use journal::{Call, Journal};
