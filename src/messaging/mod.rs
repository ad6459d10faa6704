//! Messages to users: their kinds and texts, the durable outbox, and how they leave the house.
//!
//! A flow composes an [`Outgoing`] and puts it into the outbox with [`enqueue`], inside the
//! transaction of the change that causes it; after the commit it calls [`Outbox::committed`]. A
//! worker on each node delivers what is due, at least once, through SMTP or an SMS provider.

mod html;
pub mod inbox;
mod lane;
pub mod log_sms;
pub mod message;
mod outbox;
mod pauses;
pub mod smtp;
pub mod transport;
pub mod webhook;
pub mod worker;

pub use lane::{Place, Queued};
pub use message::{Composed, Outgoing, Purpose, Recipient, Sender, compose};
pub use outbox::enqueue;
pub use transport::SetUpError;
pub use worker::{Outbox, Report, Worker};

use crate::crypto::CryptoError;
use crate::store;

/// Why a message could not be put into the outbox: always a failure of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The message could not be sealed.
    #[error("cannot seal a message: {0}")]
    Seal(#[from] CryptoError),
}
