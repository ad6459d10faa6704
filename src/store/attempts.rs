//! Counters of attempts, for lock-outs and for codes that were not really sent.

use super::attempt_log::Budget;
use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

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

/// What locks a user out: wrong passwords of the user from one origin, and from everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// The wrong passwords from the origin; `None` if there were none.
    pub counter: Option<AttemptCounter>,
    /// Whether the budget of wrong passwords from everywhere is used up.
    pub is_spent: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct LockoutRow {
    count: Option<i64>,
    last_at: Option<i64>,
    locked_until: Option<i64>,
    times: Option<String>,
}

impl LockoutRow {
    pub(super) fn lockout(&self, budget: Option<&Budget>, now: Timestamp) -> Lockout {
        let counter = || {
            Some(AttemptCounter {
                count: self.count?,
                last_at: self.last_at?,
                locked_until: self.locked_until?,
            })
        };
        let times = self.times.as_deref().unwrap_or_default();
        Lockout {
            counter: counter(),
            is_spent: budget.is_some_and(|budget| budget.is_spent(times, now)),
        }
    }
}

/// What may lock a user out who comes from an origin: the failures of this kind by the subject `user_and_origin`,
/// and whether `from_everywhere` is used up.
///
/// # Errors
/// If the database fails.
pub async fn lockout(
    conn: &mut Conn,
    pool_id: &str,
    kind: &str,
    user_and_origin: &str,
    from_everywhere: Option<&Budget>,
    now: Timestamp,
) -> Result<Lockout> {
    let row = fetch_optional!(
        "db.attempts.lockout",
        LockoutRow,
        conn,
        "SELECT a.count, a.last_at, a.locked_until, l.times
         FROM (SELECT 1 AS one) o
         LEFT JOIN attempts a ON a.pool_id = $1 AND a.kind = $2 AND a.subject = $3
         LEFT JOIN attempt_log l ON l.pool_id = $1 AND l.kind = $4 AND l.subject = $5",
        pool_id,
        kind,
        user_and_origin,
        from_everywhere.map_or("", |budget| budget.kind),
        from_everywhere.map_or("", |budget| budget.subject.as_str()),
    );
    Ok(row.map_or(
        Lockout {
            counter: None,
            is_spent: false,
        },
        |row| row.lockout(from_everywhere, now),
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
/// returns the count, or `None` if it was not counted. This is one statement, so that a failure that runs at the same time
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
) -> Result<Option<i64>> {
    let first_lock = if policy.failures_before_lock == 1 {
        now.millis().saturating_add(1000)
    } else {
        0
    };
    let counted = fetch_optional!(
        "db.attempts.record_failure",
        (i64,),
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
    Ok(counted.map(|(count,)| count))
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

/// Deletes the counters of attempts of this kind by all subjects that begin with `user` and a slash.
///
/// # Errors
/// If the database fails.
pub async fn clear_all_of(conn: &mut Conn, pool_id: &str, kind: &str, user: &str) -> Result<()> {
    // A zero follows the slash.
    execute!(
        "db.attempts.clear_all_of",
        conn,
        "DELETE FROM attempts
         WHERE pool_id = $1 AND kind = $2 AND subject >= $3 AND subject < $4",
        pool_id,
        kind,
        format!("{user}/"),
        format!("{user}0"),
    );
    Ok(())
}
