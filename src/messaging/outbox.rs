//! How messages are stored in the outbox: sealed, so that a dump of the database shows no code.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::delivery_slots::{EnqueuedMessage, Slot};
use super::error::Error;
use super::message::{OutgoingMessage, Sender};
use crate::crypto::{CryptoError, KeyPurpose, Vault};
use crate::domain::time::Timestamp;
use crate::entropy::Entropy;
use crate::store::Conn;
use crate::store::outbox::{self, Status, StoredMessage};

/// The sealed part of a message. Wiped when dropped; no `Debug`.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Payload {
    pub(super) subject: Option<String>,
    pub(super) body: String,
    pub(super) code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<String>,
}

impl Payload {
    fn of(message: &OutgoingMessage) -> Self {
        let Sender { from, reply_to } = message.sender.clone();
        Self {
            subject: message
                .text
                .subject
                .as_ref()
                .map(|subject| subject.expose_secret().to_owned()),
            body: message.text.body.expose_secret().to_owned(),
            code: message.code.expose_secret().to_owned(),
            from,
            reply_to,
        }
    }

    fn seal(&self, vault: &Vault, pool_id: &str, message_id: &str) -> Result<Vec<u8>, CryptoError> {
        let text = serde_json::to_vec(self).map_err(|_| CryptoError::Encoding)?;
        let text = Zeroizing::new(text);
        vault.seal(KeyPurpose::Message, &context(pool_id, message_id), &text)
    }

    /// The payload of a stored message. `None` if it is empty, or was not sealed by this vault for
    /// this message.
    pub(super) fn open(vault: &Vault, message: &StoredMessage) -> Option<Self> {
        let context = context(&message.pool_id, &message.message_id);
        let text = vault.open(KeyPurpose::Message, &context, &message.payload)?;
        serde_json::from_slice(&text).ok()
    }
}

fn context<'a>(pool_id: &'a str, message_id: &'a str) -> [&'a str; 3] {
    ["outbox.payload", pool_id, message_id]
}

/// Writes `message` to the outbox in the transaction of `conn`, so that it is sent if and only if that
/// commits. With a `slot` it is written as claimed by this node. After the commit the caller passes
/// the returned value to [`super::Outbox::dispatch`].
///
/// # Errors
/// If the store or the vault fails. The caller's transaction must then not commit.
pub async fn enqueue(
    conn: &mut Conn,
    vault: &Vault,
    entropy: Entropy,
    now: Timestamp,
    message: &OutgoingMessage,
    slot: Option<Slot>,
) -> Result<EnqueuedMessage, Error> {
    let message_id = new_id(entropy, now);
    let payload = Payload::of(message).seal(vault, &message.pool_id, &message_id)?;
    let stored = StoredMessage {
        pool_id: message.pool_id.clone(),
        message_id,
        username: message.username.clone(),
        medium: message.medium,
        destination: message.destination.clone(),
        purpose: message.kind.as_str().to_owned(),
        payload,
        status: Status::Pending,
        attempts: slot.is_some().into(),
        next_attempt_at: slot.as_ref().map_or(now, Slot::lease_until),
        last_error: None,
        created_at: now,
    };
    outbox::insert(conn, &stored, &message.user_id).await?;
    Ok(EnqueuedMessage {
        message: stored,
        slot,
    })
}

/// The payload that [`enqueue`] would store for `message`, which is not sent: for a caller whose answer must
/// take as long as if it were.
///
/// # Errors
/// If the vault fails.
pub fn seal_unsent(
    vault: &Vault,
    entropy: Entropy,
    now: Timestamp,
    message: &OutgoingMessage,
) -> Result<Vec<u8>, Error> {
    let message_id = new_id(entropy, now);
    Ok(Payload::of(message).seal(vault, &message.pool_id, &message_id)?)
}

/// A version 7 UUID, which sorts by time, so that new rows are neighbours in the index.
fn new_id(entropy: Entropy, now: Timestamp) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &entropy.bytes())
        .into_uuid()
        .to_string()
}
