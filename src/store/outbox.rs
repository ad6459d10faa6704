//! Messages to users: written in the transaction that causes them, delivered by a worker.

mod turns;

pub use turns::{Candidate, Try, candidates, count_pending_of_pool, waiting_pools};

pub(super) use self::turns::queue;
use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;

/// The payload of a message that is finished.
const EMPTY: &[u8] = &[];

/// Whether a message was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not delivered yet; a worker may be delivering it.
    Pending,
    /// Accepted by the mail server or the SMS provider.
    Delivered,
    /// Never to be delivered, since the attempts are used up or the failure is permanent.
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
    /// By e-mail or SMS.
    pub medium: Medium,
    /// The e-mail address or phone number it goes to.
    pub destination: String,
    /// Why it is sent, as a word.
    pub purpose: String,
    /// Subject, body and code, sealed; emptied when it is finished, unless the development inbox shows
    /// it.
    pub payload: Vec<u8>,
    /// Whether it was delivered.
    pub status: Status,
    /// How often it was claimed for delivery, less the claims that [`put_back`] undid. The number
    /// identifies a claim: see [`reschedule`].
    pub attempts: i64,
    /// When the next attempt may begin; while a worker has it, when another worker may claim it.
    pub next_attempt_at: Timestamp,
    /// Why the last attempt failed.
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
        let word = |column| Error::UnknownValue { column };
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

/// Adds a pending message to the user with this id, with its `attempts` and `next_attempt_at`, in its turn;
/// `false` if `most` messages or more wait to its recipient.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    message: &StoredMessage,
    user_id: &str,
    most: i64,
) -> Result<bool> {
    let rows = execute!(
        "db.outbox.insert",
        conn,
        concat!(
            "INSERT INTO outbox (pool_id, message_id, user_id, username, medium, destination, purpose,
                                 payload, status, attempts, next_attempt_at, created_at, turn)
             SELECT $1, $4, $5, $6, $2, $3, $7, $8, 'pending', $9, $10, $11,
                    CASE WHEN of_recipient > of_pool THEN of_recipient ELSE of_pool END
             FROM ",
            queue!(),
            " WHERE waiting < $12",
        ),
        message.pool_id.as_str(),
        message.medium.as_str(),
        message.destination.as_str(),
        message.message_id.as_str(),
        user_id,
        message.username.as_str(),
        message.purpose.as_str(),
        message.payload.as_slice(),
        message.attempts,
        message.next_attempt_at.millis(),
        message.created_at.millis(),
        most,
    );
    Ok(rows == 1)
}

/// Most messages of one claim.
pub const MAX_CLAIMED: usize = 16;

/// Claims a message that is due. No other worker can claim it until `lease_until`. The claim counts as an
/// attempt. `None` if another worker was first.
///
/// Of two workers that claim the same row, the second waits for the first. The conditions are then checked
/// again, and the row is no longer due. Who claims several in one transaction does it in the order of
/// their keys, so that two workers do not wait for each other.
///
/// # Errors
/// If the database fails.
pub async fn claim(
    conn: &mut Conn,
    pool_id: &str,
    message_id: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<StoredMessage>> {
    fetch_optional!(
        "db.outbox.claim",
        Row,
        conn,
        "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $4
         WHERE pool_id = $1 AND message_id = $2 AND status = 'pending' AND next_attempt_at <= $3
         RETURNING pool_id, message_id, username, medium, destination, purpose, payload, status,
                   attempts, next_attempt_at, last_error, created_at",
        pool_id,
        message_id,
        now.millis(),
        lease_until.millis(),
    )
    .map(StoredMessage::try_from)
    .transpose()
}

/// Moves the end of the claim with the number `attempts` to `lease_until`; `false` if another worker
/// has claimed the message since, or it is finished or deleted.
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
        "db.outbox.extend",
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

/// Ends the claim with the number `attempts`: the message is due again at `next`. `false` as for
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
        "db.outbox.reschedule",
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

/// Ends the claim with the number `attempts` as [`reschedule`] does, without counting it as an attempt.
/// `false` as for [`extend`].
///
/// The next claim gets the same number. This claim is over then, so no two claims with one number hold
/// at the same time.
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
        "db.outbox.put_back",
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

/// Records that the message was delivered, even if another worker has claimed it since. Its payload is emptied
/// unless `keep_payload`. `false` if it was finished before, or is deleted.
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
        "db.outbox.mark_delivered",
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

/// Records that the message failed, if the claim with the number `attempts` still holds. Its payload is emptied
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
        "db.outbox.mark_failed",
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

/// A message and the pool that sends it.
pub struct ListedMessage {
    /// The message.
    pub message: StoredMessage,
    /// The pool's name; `None` if the pool is gone.
    pub pool_name: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    message: Row,
    pool_name: Option<String>,
}

impl TryFrom<ListedRow> for ListedMessage {
    type Error = Error;

    fn try_from(row: ListedRow) -> Result<Self> {
        Ok(Self {
            message: row.message.try_into()?,
            pool_name: row.pool_name,
        })
    }
}

/// The newest messages of all pools, newest first; with `destination` only those to it. Only for the
/// development inbox, since there is no index on the destination.
///
/// # Errors
/// If the database fails.
pub async fn newest(
    conn: &mut Conn,
    destination: Option<&str>,
    limit: i64,
) -> Result<Vec<ListedMessage>> {
    fetch_all!(
        "db.outbox.newest",
        ListedRow,
        conn,
        "SELECT o.pool_id, o.message_id, o.username, o.medium, o.destination, o.purpose, o.payload,
                o.status, o.attempts, o.next_attempt_at, o.last_error, o.created_at,
                p.name AS pool_name
         FROM outbox o LEFT JOIN user_pools p ON p.pool_id = o.pool_id
         WHERE $1 IS NULL OR o.destination = $1
         ORDER BY o.created_at DESC, o.message_id DESC LIMIT $2 + 0",
        destination,
        limit,
    )
    .into_iter()
    .map(ListedMessage::try_from)
    .collect()
}

/// Deletes the messages of all pools that are finished; with `destination` only those to it. Returns how
/// many. A pending message stays, because its row is what has it delivered. Only for the development
/// inbox, as [`newest`].
///
/// # Errors
/// If the database fails.
pub async fn delete_finished(conn: &mut Conn, destination: Option<&str>) -> Result<u64> {
    Ok(execute!(
        "db.outbox.delete_finished",
        conn,
        "DELETE FROM outbox WHERE status <> 'pending' AND ($1 IS NULL OR destination = $1)",
        destination,
    ))
}

/// How many messages are pending.
///
/// # Errors
/// If the database fails.
pub async fn count_pending(conn: &mut Conn) -> Result<i64> {
    let row = fetch_optional!(
        "db.outbox.count_pending",
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
        "db.outbox.purge",
        conn,
        // A message is created before it is finished, so the index on created_at narrows the search.
        "DELETE FROM outbox WHERE (pool_id, message_id) IN
           (SELECT pool_id, message_id FROM outbox
            WHERE created_at < $1 AND status <> 'pending' AND finished_at < $1
            ORDER BY created_at LIMIT $2 + 0)",
        before.millis(),
        limit,
    ))
}
