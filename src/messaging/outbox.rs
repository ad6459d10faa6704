//! How messages are stored in the outbox: sealed, so that a dump of the database shows no code.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::message::{OutgoingMessage, Sender};
use crate::crypto::{CryptoError, KeyPurpose, Vault};
use crate::domain::attribute::Medium;
use crate::domain::sender_call::SenderCall;
use crate::store::outbox::StoredMessage;

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
    /// The call of the function that sends it. A node of the version before does not know it, and sends the message
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<StoredCall>,
}

/// A [`SenderCall`] of the message's medium.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct StoredCall {
    arn: String,
    key_id: String,
    event: String,
}

impl StoredCall {
    /// The call that sends a message by `medium`.
    pub(super) fn call(&self, medium: Medium) -> SenderCall {
        SenderCall {
            medium,
            arn: self.arn.clone(),
            key_id: self.key_id.clone(),
            event: self.event.clone().into(),
        }
    }
}

impl Payload {
    /// What of `message` is sealed.
    pub(super) fn of(message: &OutgoingMessage) -> Self {
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
            function: message.function.as_ref().map(|call| StoredCall {
                arn: call.arn.clone(),
                key_id: call.key_id.clone(),
                event: call.event.expose_secret().to_owned(),
            }),
        }
    }

    /// The payload as it is stored with the message of this id.
    pub(super) fn seal(
        &self,
        vault: &Vault,
        pool_id: &str,
        message_id: &str,
    ) -> Result<Vec<u8>, CryptoError> {
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
