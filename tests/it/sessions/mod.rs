//! Sessions of signed-in users, and what ends them before their tokens expire.

mod browsers;
mod cap;
mod configuration;
mod credentials;
mod revocation;
mod tracking;
