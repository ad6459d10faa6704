//! Whose turn it is: pools take turns, and within a pool recipients do (ADR 28).

use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::statement::{fetch_all, fetch_optional};
use crate::store::{Conn, Result};

/// Which try of a message is next. Each kind has delivery slots and an index of its own, so that what has
/// failed does not delay what has not been tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// The first: no worker has had the message.
    First,
    /// A later one: a try has failed, or the worker that had the message may have died.
    Later,
}

impl Try {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::First, Self::Later];

    /// The condition of the partial index that has these messages. It stands in each query in these words,
    /// since the databases compare the texts.
    const fn condition(self) -> &'static str {
        match self {
            Self::First => "status = 'pending' AND attempts = 0 AND last_error IS NULL",
            Self::Later => "status = 'pending' AND (attempts > 0 OR last_error IS NOT NULL)",
        }
    }

    /// The order within a pool: that of the index.
    const fn order(self) -> &'static str {
        match self {
            Self::First => "turn, next_attempt_at",
            Self::Later => "next_attempt_at",
        }
    }
}

/// What waits in a pool before a new message to a recipient, from which the new one's turn follows. It is a
/// row of a query, whose variables are the `$1` pool, the `$2` medium and the `$3` destination.
///
/// The pool's messages that wait for their first try are delivered in the order of their turns: the first
/// message to a recipient has the turn that the pool is at, and each further one the turn after the one before
/// it. A recipient to whom many wait thus delays the others by one message. What is being delivered for the
/// first time waits no more, and has no entry in the index that this asks.
macro_rules! queue {
    () => {
        // One aggregate over the recipient's few rows: MAX(turn) alone would have SQLite walk the pool's.
        "(SELECT COUNT(*) AS waiting,
                 COALESCE(MAX(CASE WHEN attempts = 0 AND last_error IS NULL THEN turn END) + 1, 0)
                   AS of_recipient,
                 COALESCE((SELECT MIN(turn) FROM outbox
                           WHERE medium = $2 AND pool_id = $1 AND status = 'pending'
                             AND attempts = 0 AND last_error IS NULL), 0) AS of_pool
          FROM outbox WHERE pool_id = $1 AND destination = $3
            AND status = 'pending' AND (attempts = 0 OR last_error IS NOT NULL)) AS queue"
    };
}
pub(in crate::store) use queue;

/// How many messages of the pool are pending, up to `limit`.
///
/// # Errors
/// If the database fails.
pub async fn count_pending_of_pool(conn: &mut Conn, pool_id: &str, limit: i64) -> Result<i64> {
    let row = fetch_optional!(
        "db.outbox.count_pending_of_pool",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM
           (SELECT 1 FROM outbox WHERE pool_id = $1 AND status = 'pending' LIMIT $2 + 0) AS waiting",
        pool_id,
        limit,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Up to `limit` pools that have messages of `medium` whose next try is `kind`, in the order of their ids,
/// beginning after `after` and then with the first: the pools take turns. Of [`Try::Later`] only those with
/// a message that is due.
///
/// Each pool costs two steps into the index, however many messages it has. Nothing is claimed, so this does
/// not wait for SQLite's writer.
///
/// # Errors
/// If the database fails.
pub async fn waiting_pools(
    conn: &mut Conn,
    medium: Medium,
    kind: Try,
    after: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<String>> {
    let due = match kind {
        // What was never tried is due since it was written.
        Try::First => "$3 = $3",
        Try::Later => {
            "(SELECT MIN(due.next_attempt_at) FROM outbox AS due
              WHERE due.medium = $1 AND due.pool_id = pools.pool_id AND status = 'pending'
                AND (attempts > 0 OR last_error IS NOT NULL)) <= $3"
        }
    };
    // UNION drops what has come before, which ends the walk when it is round.
    let sql = format!(
        "WITH RECURSIVE pools (pool_id) AS (
           SELECT COALESCE(
             (SELECT MIN(pool_id) FROM outbox WHERE {condition} AND medium = $1 AND pool_id > $2),
             (SELECT MIN(pool_id) FROM outbox WHERE {condition} AND medium = $1))
           UNION
           SELECT COALESCE(
             (SELECT MIN(pool_id) FROM outbox
              WHERE {condition} AND medium = $1 AND pool_id > before.pool_id),
             (SELECT MIN(pool_id) FROM outbox WHERE {condition} AND medium = $1))
           FROM pools AS before WHERE before.pool_id IS NOT NULL)
         SELECT pool_id FROM pools WHERE pool_id IS NOT NULL AND {due} LIMIT {limit}",
        condition = kind.condition(),
    );
    let pools = fetch_all!(
        "db.outbox.waiting_pools",
        (String,),
        conn,
        sqlx::AssertSqlSafe(sql.as_str()),
        medium.as_str(),
        after,
        now.millis(),
    );
    Ok(pools.into_iter().map(|(pool_id,)| pool_id).collect())
}

/// A message that may be claimed.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Candidate {
    /// Its id.
    pub message_id: String,
    /// The e-mail address or phone number it goes to.
    pub destination: String,
}

/// Up to `limit` messages of the pool by `medium` that are due and whose next try is `kind`, in the order
/// in which they are to be delivered.
///
/// # Errors
/// If the database fails.
pub async fn candidates(
    conn: &mut Conn,
    medium: Medium,
    kind: Try,
    pool_id: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Candidate>> {
    // The limit is part of the text, because PostgreSQL plans a prepared statement once, and with an
    // unknown limit its plan reads everything that is pending.
    let sql = format!(
        "SELECT message_id, destination FROM outbox
         WHERE {condition} AND medium = $1 AND pool_id = $2 AND next_attempt_at <= $3
         ORDER BY {order} LIMIT {limit}",
        condition = kind.condition(),
        order = kind.order(),
    );
    Ok(fetch_all!(
        "db.outbox.candidates",
        Candidate,
        conn,
        sqlx::AssertSqlSafe(sql.as_str()),
        medium.as_str(),
        pool_id,
        now.millis(),
    ))
}
