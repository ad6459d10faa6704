//! Triggers: the events that functions get, what their answers do, and functions that fail. Each test runs functions
//! of its own, in the test's process or in one of Python or Node.

mod answers;
mod configuration;
mod custom_auth;
mod custom_devices;
mod custom_messages;
mod custom_senders;
mod custom_sessions;
mod events;
mod exchanged_tokens;
mod failures;
mod hidden_users;
mod migration;
mod page;
mod sign_in;
mod signature;

use crate::support::function;
