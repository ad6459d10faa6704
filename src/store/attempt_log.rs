//! The times of recent attempts, for limits that hold exactly: within any period of a limit's length no more
//! attempts are admitted than the limit allows, however many come at once and whichever node they come to.

use sqlx::AssertSqlSafe;

use super::statement::{execute, on};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Digits of one time in a log: milliseconds of this and the next two centuries.
const DIGITS: usize = 13;
/// Most attempts that a limit may allow, which bounds the length of a row.
pub const MAX_ALLOWED: u32 = 1_000;

/// A limit on attempts of one kind by one subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget {
    /// What is limited.
    pub kind: &'static str,
    /// Whose attempts, or where they go: a keyed hash.
    pub subject: String,
    /// How many are admitted in a period; 1 to [`MAX_ALLOWED`].
    pub allowed: u32,
    /// The length of the period, in milliseconds.
    pub period_ms: i64,
}

/// Counts one attempt against each of `budgets`, which are of one pool and differ in kind or subject. `false`
/// if one of them is used up; then the caller rolls back, so that no attempt is counted against the others.
/// The budgets are written in their order, so that two callers cannot wait for each other.
///
/// # Errors
/// If the database fails.
pub async fn spend(
    conn: &mut Conn,
    pool_id: &str,
    budgets: &mut [Budget],
    now: Timestamp,
) -> Result<bool> {
    if budgets.is_empty() {
        return Ok(true);
    }
    budgets.sort_unstable();
    let rows: Vec<String> = (0..budgets.len())
        .map(|row| {
            let column = |number| 4 + row * 4 + number;
            format!(
                "($1, ${0}, ${1}, $3, $2, $2 + ${2}, ${2}, ${3})",
                column(0),
                column(1),
                column(2),
                column(3)
            )
        })
        .collect();
    // A time in the future was written before the clock was moved back, and limits nothing. `expires_at` stays as
    // it is, because rewriting its index entry would cost as much as the rest; the purge moves it.
    let sql = format!(
        "INSERT INTO attempt_log (pool_id, kind, subject, times, last_at, expires_at, period_ms, allowed)
         VALUES {}
         ON CONFLICT (pool_id, kind, subject) DO UPDATE SET
           times = excluded.times || substr(attempt_log.times, 1, (excluded.allowed - 1) * {DIGITS}),
           last_at = excluded.last_at, period_ms = excluded.period_ms, allowed = excluded.allowed
         WHERE length(attempt_log.times) < excluded.allowed * {DIGITS}
            OR CAST(substr(attempt_log.times, (excluded.allowed - 1) * {DIGITS} + 1, {DIGITS}) AS BIGINT)
               NOT BETWEEN excluded.last_at - excluded.period_ms + 1 AND excluded.last_at",
        rows.join(", ")
    );
    let persistent = conn.caches_statements();
    let time = format!("{:0width$}", now.millis().max(0), width = DIGITS);
    let admitted = on!("db.attempt_log.spend", conn, db => {
        let mut query = sqlx::query(AssertSqlSafe(sql.as_str()))
            .bind(pool_id)
            .bind(now.millis())
            .bind(time.as_str());
        for budget in &*budgets {
            query = query
                .bind(budget.kind)
                .bind(budget.subject.as_str())
                .bind(budget.period_ms)
                .bind(i32::try_from(budget.allowed.clamp(1, MAX_ALLOWED)).unwrap_or(1));
        }
        query.persistent(persistent).execute(&mut *db).await?.rows_affected()
    });
    Ok(usize::try_from(admitted) == Ok(budgets.len()))
}

impl Budget {
    /// Whether it is used up, by the times that its row has.
    #[must_use]
    pub(super) fn is_spent(&self, times: &str, now: Timestamp) -> bool {
        let nth = usize::try_from(self.allowed.clamp(1, MAX_ALLOWED)).unwrap_or(1) - 1;
        let oldest = times.get(nth * DIGITS..(nth + 1) * DIGITS);
        oldest
            .and_then(|time| time.parse::<i64>().ok())
            .is_some_and(|time| {
                time > now.millis().saturating_sub(self.period_ms) && time <= now.millis()
            })
    }
}

/// Forgets the attempts of this kind by the subject.
///
/// # Errors
/// If the database fails.
pub async fn clear(conn: &mut Conn, pool_id: &str, kind: &str, subject: &str) -> Result<()> {
    execute!(
        "db.attempt_log.clear",
        conn,
        "DELETE FROM attempt_log WHERE pool_id = $1 AND kind = $2 AND subject = $3",
        pool_id,
        kind,
        subject,
    );
    Ok(())
}
