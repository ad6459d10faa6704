//! The newest messages with their contents, for the inbox of the development profile.

use super::outbox::Payload;
use crate::crypto::Vault;
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::outbox::{self, Status, StoredMessage};
use crate::store::{self, Db};

/// A message with its contents. No `Debug`: it shows the code.
pub struct InboxMessage {
    /// The message's id.
    pub id: String,
    /// The pool that sends it.
    pub user_pool_id: String,
    /// The username of the user it goes to.
    pub username: String,
    /// E-mail or SMS.
    pub medium: Medium,
    /// The e-mail address or phone number.
    pub destination: String,
    /// The name of its [`super::MessageKind`].
    pub kind: String,
    /// The subject of an e-mail.
    pub subject: Option<String>,
    /// HTML for e-mail, plain text for SMS; empty if the contents are gone.
    pub body: String,
    /// The code or temporary password; `None` if the contents are gone.
    pub code: Option<String>,
    /// How far the delivery has come.
    pub status: Status,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The `limit` newest messages of all pools, newest first; with `destination` only those to it. The
/// contents of a message are gone once a node with the production profile has delivered it.
///
/// # Errors
/// If the store fails.
pub async fn newest(
    db: &Db,
    vault: &Vault,
    destination: Option<&str>,
    limit: i64,
) -> store::Result<Vec<InboxMessage>> {
    let mut conn = db.read().await?;
    let messages = outbox::newest(&mut conn, destination, limit).await?;
    drop(conn);
    let open = |message| open(message, vault);
    Ok(messages.into_iter().map(open).collect())
}

fn open(message: StoredMessage, vault: &Vault) -> InboxMessage {
    let mut payload = Payload::open(vault, &message);
    let (subject, body, code) = payload
        .as_mut()
        .map_or((None, String::new(), None), |payload| {
            (
                payload.subject.take(),
                std::mem::take(&mut payload.body),
                Some(std::mem::take(&mut payload.code)),
            )
        });
    InboxMessage {
        id: message.message_id,
        user_pool_id: message.pool_id,
        username: message.username,
        medium: message.medium,
        destination: message.destination,
        kind: message.purpose,
        subject,
        body,
        code,
        status: message.status,
        created_at: message.created_at,
    }
}
