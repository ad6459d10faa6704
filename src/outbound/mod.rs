//! The one HTTP client of what the server sends to others: text messages and triggers.
//!
//! It calls only hosts that the configuration names, at addresses that were checked, follows no redirects,
//! uses no proxy, and bounds the time of a call and the length of what it reads (`docs/adr/0040`).

mod address;
mod client;
mod destinations;
mod resolver;
mod signature;

pub use client::{CallError, Outbound, Outgoing, Response};
pub use destinations::{UnusableUrl, parse_url};
pub use signature::{SIGNATURE_HEADER, signature};
