//! What is counted against limits and lock-outs, and challenges that were answered.

use super::db::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Counted {
    count: i64,
}

/// Counts a try of this kind by the subject unless the window already holds `limit` of them;
/// whether it was counted. The window begins with its first try.
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
        Counted,
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

/// What is noted against a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Noted {
    /// How many tries or failures.
    pub count: i64,
    /// When the last one was, in milliseconds since the Unix epoch.
    pub last_at: i64,
    /// Until when the subject is locked out; 0 if it is not.
    pub locked_until: i64,
}

/// What is noted against the subject for this kind.
///
/// # Errors
/// If the database fails.
pub async fn noted(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
) -> Result<Option<Noted>> {
    Ok(fetch_optional!(
        Noted,
        conn,
        "SELECT count, last_at, locked_until FROM attempts
         WHERE pool_id = $1 AND kind = $2 AND subject = $3",
        pool_id,
        kind,
        subject,
    ))
}

/// How failures lock a subject out.
#[derive(Clone, Copy, Debug)]
pub struct LockOut {
    /// The failure in a row that brings the first lock, of one second; each further one doubles it.
    pub free: i64,
    /// The longest lock, in milliseconds.
    pub max_ms: i64,
    /// Milliseconds without a failure after which the count begins anew.
    pub reset_ms: i64,
}

/// Counts a failure and locks the subject out as far as that goes, unless it is locked out now;
/// whether it was counted. One statement, so that of failures which run at the same time none slips
/// past the lock that another brought. A lock that ends later than any lock can comes from a clock
/// that was moved back, and does not hold.
///
/// # Errors
/// If the database fails.
pub async fn count_failure(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
    lock_out: LockOut,
    now: Timestamp,
) -> Result<bool> {
    let first_lock = if lock_out.free == 1 {
        now.millis().saturating_add(1000)
    } else {
        0
    };
    let counted = fetch_optional!(
        Counted,
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
        now.millis().saturating_sub(lock_out.reset_ms),
        lock_out.free,
        lock_out.max_ms,
    );
    Ok(counted.is_some())
}

/// Counts something that locks nobody out.
///
/// # Errors
/// If the database fails.
pub async fn note(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
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

/// Forgets the subject's failures.
///
/// # Errors
/// If the database fails.
pub async fn clear(conn: &mut Conn, pool_id: &str, kind: &str, subject: &str) -> Result<()> {
    execute!(
        conn,
        "DELETE FROM attempts WHERE pool_id = $1 AND kind = $2 AND subject = $3",
        pool_id,
        kind,
        subject,
    );
    Ok(())
}

/// Marks a challenge answered; `false` if it already was.
///
/// # Errors
/// If the database fails.
pub async fn spend_challenge(
    conn: &mut Conn,
    pool_id: &str,
    challenge_id: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO spent_challenges (pool_id, challenge_id, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
        pool_id,
        challenge_id,
        expires_at.millis(),
    );
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct Spent {
    expires_at: i64,
}

/// Whether a challenge was answered.
///
/// # Errors
/// If the database fails.
pub async fn is_spent(conn: &mut Conn, pool_id: &str, challenge_id: &str) -> Result<bool> {
    let spent = fetch_optional!(
        Spent,
        conn,
        "SELECT expires_at FROM spent_challenges WHERE pool_id = $1 AND challenge_id = $2",
        pool_id,
        challenge_id,
    );
    Ok(spent.is_some_and(|spent| spent.expires_at > 0))
}

/// Removes what time has made worthless: codes, sessions, spent challenges and counters whose
/// last change lies before `counted_before`. At most `batch` rows of each, so that no transaction
/// grows long; the number removed.
///
/// # Errors
/// If the database fails.
pub async fn purge(
    conn: &mut Conn,
    now: Timestamp,
    counted_before: Timestamp,
    batch: i64,
) -> Result<u64> {
    let mut removed = 0;
    removed += execute!(
        conn,
        "DELETE FROM codes WHERE (pool_id, user_id, purpose) IN
           (SELECT pool_id, user_id, purpose FROM codes WHERE expires_at < $1 LIMIT $2)",
        now.millis(),
        batch,
    );
    removed += execute!(
        conn,
        "DELETE FROM sessions WHERE (pool_id, user_id, session_id) IN
           (SELECT pool_id, user_id, session_id FROM sessions WHERE expires_at < $1 LIMIT $2)",
        // A session outlives its refresh tokens by the longest life of an access token.
        now.plus_seconds(-86_400).millis(),
        batch,
    );
    removed += execute!(
        conn,
        "DELETE FROM spent_challenges WHERE (pool_id, challenge_id) IN
           (SELECT pool_id, challenge_id FROM spent_challenges WHERE expires_at < $1 LIMIT $2)",
        now.millis(),
        batch,
    );
    removed += execute!(
        conn,
        "DELETE FROM attempts WHERE (pool_id, kind, subject) IN
           (SELECT pool_id, kind, subject FROM attempts WHERE last_at < $1 LIMIT $2)",
        counted_before.millis(),
        batch,
    );
    Ok(removed)
}
