//! The newest messages with their contents, for the inbox of the development profile.

use super::outbox::Payload;
use crate::crypto::Vault;
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::outbox::{self, ListedMessage, Status};
use crate::store::{self, Db};

/// A message with its contents. No `Debug`: it shows the code.
pub struct InboxMessage {
    /// The message's id.
    pub id: String,
    /// The pool that sends it.
    pub user_pool_id: String,
    /// That pool's name; `None` if the pool is gone.
    pub user_pool_name: Option<String>,
    /// The username of the user it goes to.
    pub username: String,
    /// E-mail or SMS.
    pub medium: Medium,
    /// The e-mail address or phone number.
    pub destination: String,
    /// The name of its [`super::MessageKind`] or [`super::Notice`].
    pub kind: String,
    /// The subject of an e-mail.
    pub subject: Option<String>,
    /// HTML for e-mail, plain text for SMS; empty if the contents are gone.
    pub body: String,
    /// The code or temporary password; `None` if it carries none, or the contents are gone.
    pub code: Option<String>,
    /// How far the delivery has come.
    pub status: Status,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Which messages are wanted.
#[derive(Clone, Copy, Default)]
pub struct Search<'a> {
    /// Only those to this address or number, written exactly like this.
    pub destination: Option<&'a str>,
    /// Only those in which this text occurs, in capitals or not: in recipient, username, subject, body,
    /// code, purpose, or the pool's id or name.
    pub text: Option<&'a str>,
}

/// How many of the newest messages are opened to look for a text, which the store cannot: it has them
/// sealed.
const SEARCHED: i64 = 1000;

/// The `limit` newest messages of all pools that `search` wants, newest first. The contents of a message
/// are gone once a node with the production profile has delivered it.
///
/// # Errors
/// If the store fails.
pub async fn newest(
    db: &Db,
    vault: &Vault,
    search: Search<'_>,
    limit: i64,
) -> store::Result<Vec<InboxMessage>> {
    let text = search.text.map(str::to_lowercase);
    let read = if text.is_some() { SEARCHED } else { limit };
    let mut conn = db.read().await?;
    let messages = outbox::newest(&mut conn, search.destination, read).await?;
    drop(conn);
    let messages = messages
        .into_iter()
        .map(|message| open(message, vault))
        .filter(|message| text.as_deref().is_none_or(|text| message.contains(text)));
    Ok(messages.take(usize::try_from(limit).unwrap_or(0)).collect())
}

/// Deletes the messages that were delivered or given up, with `destination` only those to it, and returns
/// how many. What is still to be delivered stays, and is.
///
/// # Errors
/// If the store fails.
pub async fn clear(db: &Db, destination: Option<&str>) -> store::Result<u64> {
    outbox::delete_finished(&mut db.write().await?, destination).await
}

impl InboxMessage {
    /// Whether `text`, which is in lower case, occurs in it.
    fn contains(&self, text: &str) -> bool {
        let always = [
            &self.destination,
            &self.username,
            &self.kind,
            &self.user_pool_id,
            &self.body,
        ];
        let perhaps = [&self.subject, &self.code, &self.user_pool_name];
        always
            .into_iter()
            .chain(perhaps.into_iter().flatten())
            .any(|value| value.to_lowercase().contains(text))
    }
}

fn open(listed: ListedMessage, vault: &Vault) -> InboxMessage {
    let ListedMessage { message, pool_name } = listed;
    let mut payload = Payload::open(vault, &message);
    let (subject, body, code) = payload
        .as_mut()
        .map_or((None, String::new(), None), |payload| {
            (
                payload.subject.take(),
                std::mem::take(&mut payload.body),
                Some(std::mem::take(&mut payload.code)).filter(|code| !code.is_empty()),
            )
        });
    InboxMessage {
        id: message.message_id,
        user_pool_id: message.pool_id,
        user_pool_name: pool_name,
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
