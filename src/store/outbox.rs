//! Messages on their way: written with the change that caused them, delivered by a worker.

use super::db::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;

/// The payload of a message that needs none any more.
const EMPTY: &[u8] = &[];

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not delivered yet; a worker may be at it.
    Pending,
    /// Handed to the mail server or the SMS provider.
    Delivered,
    /// Given up.
    Failed,
}

impl Status {
    /// The word for it in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A message as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// The pool that sends it.
    pub pool_id: String,
    /// Its id.
    pub message_id: String,
    /// The username of the user it goes to.
    pub username: String,
    /// How it travels.
    pub medium: Medium,
    /// Where it goes.
    pub destination: String,
    /// Why it is sent, as a word.
    pub purpose: String,
    /// Sealed; empty once it is finished, unless the development inbox keeps it.
    pub payload: Vec<u8>,
    /// How far it has come.
    pub status: Status,
    /// How often it was claimed, which is how often delivery was begun or nearly so, without what
    /// [`put_back`] took back. It numbers a claim: see [`reschedule`].
    pub attempts: i64,
    /// When the next try may begin, or another worker may take it over.
    pub next_attempt_at: Timestamp,
    /// Why the last try did not succeed.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    message_id: String,
    username: String,
    medium: String,
    destination: String,
    purpose: String,
    payload: Vec<u8>,
    status: String,
    attempts: i64,
    next_attempt_at: i64,
    last_error: Option<String>,
    created_at: i64,
}

impl TryFrom<Row> for StoredMessage {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let word = |column| Error::Word { column };
        Ok(Self {
            medium: [Medium::Email, Medium::Sms]
                .into_iter()
                .find(|medium| medium.as_str() == row.medium)
                .ok_or(word("outbox.medium"))?,
            status: [Status::Pending, Status::Delivered, Status::Failed]
                .into_iter()
                .find(|status| status.as_str() == row.status)
                .ok_or(word("outbox.status"))?,
            pool_id: row.pool_id,
            message_id: row.message_id,
            username: row.username,
            destination: row.destination,
            purpose: row.purpose,
            payload: row.payload,
            attempts: row.attempts,
            next_attempt_at: Timestamp::from_millis(row.next_attempt_at),
            last_error: row.last_error,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// Adds a message to the user with this id, pending, with the attempts and the lease that it has.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, message: &StoredMessage, user_id: &str) -> Result<()> {
    execute!(
        conn,
        "INSERT INTO outbox (pool_id, message_id, user_id, username, medium, destination, purpose,
                             payload, status, attempts, next_attempt_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, $11)",
        message.pool_id.as_str(),
        message.message_id.as_str(),
        user_id,
        message.username.as_str(),
        message.medium.as_str(),
        message.destination.as_str(),
        message.purpose.as_str(),
        message.payload.as_slice(),
        message.attempts,
        message.next_attempt_at.millis(),
        message.created_at.millis(),
    );
    Ok(())
}

/// Whether a message of `medium` is due, without taking it: a look that does not queue behind SQLite's writer.
///
/// # Errors
/// If the database fails.
pub async fn is_due(conn: &mut Conn, medium: Medium, now: Timestamp) -> Result<bool> {
    let row = fetch_optional!(
        (i64,),
        conn,
        "SELECT next_attempt_at FROM outbox
         WHERE status = 'pending' AND next_attempt_at <= $1 AND medium = $2 LIMIT 1",
        now.millis(),
        medium.as_str(),
    );
    Ok(row.is_some())
}

/// Most messages of one claim.
pub const MOST_CLAIMED: usize = 16;

/// Takes up to `limit` messages ([`MOST_CLAIMED`] at the most) of `medium` that are due, longest due
/// first, until `lease_until`: no other worker gets them before. Each claim counts as an attempt.
///
/// Two workers that pick the same row serialise on it, and the outer conditions are checked again
/// for the second, which then finds the row no longer due.
///
/// # Errors
/// If the database fails.
pub async fn claim(
    conn: &mut Conn,
    medium: Medium,
    now: Timestamp,
    lease_until: Timestamp,
    limit: usize,
) -> Result<Vec<StoredMessage>> {
    // The number stands in the text: PostgreSQL plans a prepared statement once, and with a limit
    // that it does not know it goes through everything that is pending, at each claim.
    let sql = format!(
        "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $2
         WHERE status = 'pending' AND next_attempt_at <= $1
           AND (pool_id, message_id) IN
               (SELECT pool_id, message_id FROM outbox
                WHERE status = 'pending' AND next_attempt_at <= $1 AND medium = $3
                ORDER BY next_attempt_at LIMIT {limit})
         RETURNING pool_id, message_id, username, medium, destination, purpose, payload, status,
                   attempts, next_attempt_at, last_error, created_at",
        limit = limit.min(MOST_CLAIMED),
    );
    fetch_all!(
        Row,
        conn,
        sqlx::AssertSqlSafe(sql.as_str()),
        now.millis(),
        lease_until.millis(),
        medium.as_str(),
    )
    .into_iter()
    .map(StoredMessage::try_from)
    .collect()
}

/// Moves the end of the claim that `attempts` numbers to `lease_until`; `false` if somebody else
/// has taken the message over, or it is finished or gone.
///
/// # Errors
/// If the database fails.
pub async fn extend(
    conn: &mut Conn,
    pool_id: &str,
    message_id: &str,
    attempts: i64,
    lease_until: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE outbox SET next_attempt_at = $4
         WHERE pool_id = $1 AND message_id = $2 AND status = 'pending' AND attempts = $3",
        pool_id,
        message_id,
        attempts,
        lease_until.millis(),
    );
    Ok(rows == 1)
}

/// Ends the claim that `attempts` numbers: the message is due again at `next`. `false` as for
/// [`extend`].
///
/// # Errors
/// If the database fails.
pub async fn reschedule(
    conn: &mut Conn,
    pool_id: &str,
    message_id: &str,
    attempts: i64,
    next: Timestamp,
    error: &str,
) -> Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE outbox SET next_attempt_at = $4, last_error = $5
         WHERE pool_id = $1 AND message_id = $2 AND status = 'pending' AND attempts = $3",
        pool_id,
        message_id,
        attempts,
        next.millis(),
        error,
    );
    Ok(rows == 1)
}

/// Ends the claim that `attempts` numbers as [`reschedule`] does, and takes its attempt back: the
/// message is as far from being given up as before. `false` as for [`extend`].
///
/// The number that is free again goes to the next claim, and this one is over, so that two claims
/// never hold under one number.
///
/// # Errors
/// If the database fails.
pub async fn put_back(
    conn: &mut Conn,
    pool_id: &str,
    message_id: &str,
    attempts: i64,
    next: Timestamp,
    error: &str,
) -> Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE outbox SET attempts = attempts - 1, next_attempt_at = $4, last_error = $5
         WHERE pool_id = $1 AND message_id = $2 AND status = 'pending' AND attempts = $3",
        pool_id,
        message_id,
        attempts,
        next.millis(),
        error,
    );
    Ok(rows == 1)
}

/// Records that the message was delivered, whoever has claimed it since. Its payload is emptied
/// unless `keep_payload`. `false` if it was finished before, or is gone.
///
/// # Errors
/// If the database fails.
pub async fn mark_delivered(
    conn: &mut Conn,
    pool_id: &str,
    message_id: &str,
    keep_payload: bool,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE outbox SET status = 'delivered', finished_at = $3, last_error = NULL,
                           payload = CASE WHEN $4 THEN payload ELSE $5 END
         WHERE pool_id = $1 AND message_id = $2 AND status = 'pending'",
        pool_id,
        message_id,
        now.millis(),
        keep_payload,
        EMPTY,
    );
    Ok(rows == 1)
}

/// Gives the message up, if the claim that `attempts` numbers still holds. Its payload is emptied
/// unless `keep_payload`. `false` as for [`extend`].
///
/// # Errors
/// If the database fails.
pub async fn mark_failed(
    conn: &mut Conn,
    pool_id: &str,
    message_id: &str,
    attempts: i64,
    error: &str,
    keep_payload: bool,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE outbox SET status = 'failed', finished_at = $4, last_error = $5,
                           payload = CASE WHEN $6 THEN payload ELSE $7 END
         WHERE pool_id = $1 AND message_id = $2 AND status = 'pending' AND attempts = $3",
        pool_id,
        message_id,
        attempts,
        now.millis(),
        error,
        keep_payload,
        EMPTY,
    );
    Ok(rows == 1)
}

/// The newest messages, newest first, of all pools; with `destination` only those to it. For the
/// development inbox: there is no index on the destination.
///
/// # Errors
/// If the database fails.
pub async fn newest(
    conn: &mut Conn,
    destination: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredMessage>> {
    fetch_all!(
        Row,
        conn,
        "SELECT pool_id, message_id, username, medium, destination, purpose, payload, status,
                attempts, next_attempt_at, last_error, created_at
         FROM outbox WHERE $1 IS NULL OR destination = $1
         ORDER BY created_at DESC, message_id DESC LIMIT $2",
        destination,
        limit,
    )
    .into_iter()
    .map(StoredMessage::try_from)
    .collect()
}

/// How many messages wait for delivery.
///
/// # Errors
/// If the database fails.
pub async fn pending(conn: &mut Conn) -> Result<i64> {
    let row = fetch_optional!(
        (i64,),
        conn,
        "SELECT COUNT(*) FROM outbox WHERE status = 'pending'",
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Deletes up to `limit` messages that were finished before `before`; returns how many.
///
/// # Errors
/// If the database fails.
pub async fn purge(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<u64> {
    Ok(execute!(
        conn,
        // A message is finished after it was created, so the index on created_at narrows it down.
        "DELETE FROM outbox WHERE (pool_id, message_id) IN
           (SELECT pool_id, message_id FROM outbox
            WHERE created_at < $1 AND status <> 'pending' AND finished_at < $1
            ORDER BY created_at LIMIT $2)",
        before.millis(),
        limit,
    ))
}
