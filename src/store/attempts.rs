//! Counters of attempts, for rate limits and lock-outs.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct CountRow {
    count: i64,
}

/// Counts an attempt of this kind by the subject unless `limit` of them were counted in the window
/// already; returns whether it was counted. A window of `window_ms` begins with its first attempt.
///
/// # Errors
/// If the database fails.
pub async fn count_within(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
    limit: i64,
    window_ms: i64,
    now: Timestamp,
) -> Result<bool> {
    let counted = fetch_optional!(
        "db.attempts.count_within",
        CountRow,
        conn,
        "INSERT INTO attempts (pool_id, kind, subject, count, started_at, last_at)
         VALUES ($1, $2, $3, 1, $4, $4)
         ON CONFLICT (pool_id, kind, subject) DO UPDATE SET
           count = CASE WHEN attempts.started_at <= $5 OR attempts.started_at > $4
                        THEN 1 ELSE attempts.count + 1 END,
           started_at = CASE WHEN attempts.started_at <= $5 OR attempts.started_at > $4
                             THEN $4 ELSE attempts.started_at END,
           last_at = $4
         WHERE attempts.count < $6 OR attempts.started_at <= $5 OR attempts.started_at > $4
         RETURNING count",
        pool_id,
        kind,
        subject,
        now.millis(),
        now.millis().saturating_sub(window_ms),
        limit,
    );
    Ok(counted.is_some_and(|row| row.count <= limit))
}

/// The attempts of one kind by one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AttemptCounter {
    /// How many attempts or failures.
    pub count: i64,
    /// When the last one was, in milliseconds since the Unix epoch.
    pub last_at: i64,
    /// Until when the subject is locked out; 0 if it is not.
    pub locked_until: i64,
}

/// The attempts of this kind by the subject; `None` if there were none.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
) -> Result<Option<AttemptCounter>> {
    Ok(fetch_optional!(
        "db.attempts.find",
        AttemptCounter,
        conn,
        "SELECT count, last_at, locked_until FROM attempts
         WHERE pool_id = $1 AND kind = $2 AND subject = $3",
        pool_id,
        kind,
        subject,
    ))
}

/// When failures lock a subject out.
#[derive(Clone, Copy, Debug)]
pub struct LockoutPolicy {
    /// How many failures in a row bring the first lock, of one second; each further failure doubles it.
    pub failures_before_lock: i64,
    /// The longest lock, in milliseconds.
    pub max_ms: i64,
    /// Milliseconds without a failure after which the count begins again.
    pub reset_ms: i64,
}

/// Counts a failure and locks the subject out as `policy` says, unless the subject is locked out now;
/// returns whether it was counted. This is one statement, so that a failure that runs at the same time
/// cannot miss the lock that another one brings. A lock that ends later than the longest lock can was
/// written before the clock was moved back, and is ignored.
///
/// # Errors
/// If the database fails.
pub async fn record_failure(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
    policy: LockoutPolicy,
    now: Timestamp,
) -> Result<bool> {
    let first_lock = if policy.failures_before_lock == 1 {
        now.millis().saturating_add(1000)
    } else {
        0
    };
    let counted = fetch_optional!(
        "db.attempts.record_failure",
        CountRow,
        conn,
        "INSERT INTO attempts (pool_id, kind, subject, count, started_at, last_at, locked_until)
         VALUES ($1, $2, $3, 1, $4, $4, $5)
         ON CONFLICT (pool_id, kind, subject) DO UPDATE SET
           count = CASE WHEN attempts.last_at <= $6 THEN 1 ELSE attempts.count + 1 END,
           last_at = $4,
           locked_until = CASE
             WHEN attempts.last_at <= $6 THEN $5
             WHEN attempts.count + 1 < $7 THEN 0
             WHEN attempts.count + 1 - $7 >= 20 THEN $4 + $8
             WHEN CAST(1000 AS BIGINT) << CAST(attempts.count + 1 - $7 AS INTEGER) > $8
               THEN $4 + $8
             ELSE $4 + (CAST(1000 AS BIGINT) << CAST(attempts.count + 1 - $7 AS INTEGER))
           END
         WHERE attempts.locked_until <= $4 OR attempts.locked_until > $4 + $8
         RETURNING count",
        pool_id,
        kind,
        subject,
        now.millis(),
        first_lock,
        now.millis().saturating_sub(policy.reset_ms),
        policy.failures_before_lock,
        policy.max_ms,
    );
    Ok(counted.is_some())
}

/// Counts an attempt that has no limit here and brings no lock.
///
/// # Errors
/// If the database fails.
pub async fn record(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.attempts.record",
        conn,
        "INSERT INTO attempts (pool_id, kind, subject, count, started_at, last_at)
         VALUES ($1, $2, $3, 1, $4, $4)
         ON CONFLICT (pool_id, kind, subject) DO UPDATE SET
           count = attempts.count + 1, last_at = $4",
        pool_id,
        kind,
        subject,
        now.millis(),
    );
    Ok(())
}

/// Deletes the counter of attempts of this kind by the subject.
///
/// # Errors
/// If the database fails.
pub async fn clear(conn: &mut Conn, pool_id: &str, kind: &str, subject: &str) -> Result<()> {
    execute!(
        "db.attempts.clear",
        conn,
        "DELETE FROM attempts WHERE pool_id = $1 AND kind = $2 AND subject = $3",
        pool_id,
        kind,
        subject,
    );
    Ok(())
}
