//! Leases on background jobs: of several nodes, the one that holds a job's lease runs the job.

use super::statement::{execute, fetch_all};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Takes the lease on the job `name` for `holder` until `until`, or moves its end there if `holder` has
/// it already; `false` if another holder has it at `now`.
///
/// A lease that ends later than twice the length of the requested one was written before the clock was
/// moved back, and counts as expired.
///
/// # Errors
/// If the database fails.
pub async fn acquire(
    conn: &mut Conn,
    name: &str,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let length = until.millis().saturating_sub(now.millis());
    let latest_end = now.millis().saturating_add(length.saturating_mul(2));
    let rows = execute!(
        "db.job_leases.acquire",
        conn,
        "INSERT INTO job_leases (name, holder, held_until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET
           holder = excluded.holder, held_until = excluded.held_until
         WHERE job_leases.holder = excluded.holder OR job_leases.held_until <= $4
           OR job_leases.held_until > $5",
        name,
        holder,
        until.millis(),
        now.millis(),
        latest_end,
    );
    Ok(rows == 1)
}

/// Ends the lease on the job `name` if `holder` has it; `false` if not.
///
/// # Errors
/// If the database fails.
pub async fn release(conn: &mut Conn, name: &str, holder: &str) -> Result<bool> {
    let rows = execute!(
        "db.job_leases.release",
        conn,
        "DELETE FROM job_leases WHERE name = $1 AND holder = $2",
        name,
        holder,
    );
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct NameRow {
    name: String,
}

/// The names of the leases that are held at `now` by nodes of an earlier version: those that do not end with
/// `generation`.
///
/// # Errors
/// If the database fails.
pub async fn held_by_older_nodes(
    conn: &mut Conn,
    generation: &str,
    now: Timestamp,
) -> Result<Vec<String>> {
    let rows = fetch_all!(
        "db.job_leases.held_by_older_nodes",
        NameRow,
        conn,
        "SELECT name FROM job_leases WHERE held_until > $2 AND name NOT LIKE '%' || $1 ORDER BY name",
        generation,
        now.millis(),
    );
    Ok(rows.into_iter().map(|row| row.name).collect())
}
