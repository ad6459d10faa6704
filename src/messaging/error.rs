//! Why a message was not enqueued or delivered, and why transports cannot be set up.

use crate::crypto::CryptoError;
use crate::store;

/// Why a message could not be put into the outbox.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As many messages to the recipient or of the pool are pending as may be.
    #[error("too many messages are pending")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The message could not be sealed.
    #[error("cannot seal a message: {0}")]
    Seal(#[from] CryptoError),
}

/// Why the configured transports cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// `mail.from` is not an e-mail address.
    #[error(
        "mail.from is not an e-mail address, as no-reply@example.com or Shop <shop@example.com>"
    )]
    From,
    /// `mail.ca_file` cannot be read.
    #[error("cannot read mail.ca_file {path}: {reason}")]
    CaFile {
        /// The file.
        path: String,
        /// What the operating system or the TLS library says.
        reason: String,
    },
    /// TLS to the mail server cannot be set up.
    #[error("cannot set up TLS towards the mail server: {0}")]
    Tls(String),
    /// A key of `triggers.sender_keys` cannot be used.
    #[error("{0}")]
    SenderKey(String),
    /// `sms.webhook` cannot be used.
    #[error("sms.webhook.{key}: {reason}")]
    Webhook {
        /// The key below `sms.webhook`.
        key: &'static str,
        /// What the operating system or the TLS library says.
        reason: String,
    },
}

/// Why a message was not delivered. The texts go to the log and the store. They hold no secret of
/// this server; [`super::transport`] shortens and cleans what the other server answered.
#[derive(Debug, PartialEq, Eq)]
pub enum DeliveryError {
    /// Another attempt may succeed.
    Transient(String),
    /// Another attempt would fail too: the server has refused this message.
    Permanent(String),
}
