//! What the nodes have counted against the limits by source, app client and pool.

use super::statement::{execute, fetch_all};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Adds what a node has counted in one part of a period.
///
/// # Errors
/// If the database fails.
pub async fn add(
    conn: &mut Conn,
    pool_id: &str,
    (kind, subject): (&str, &str),
    part: i64,
    count: i64,
    expires_at: Timestamp,
) -> Result<()> {
    execute!(
        "db.usage_counts.add",
        conn,
        "INSERT INTO usage_counts (pool_id, kind, subject, part, count, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (pool_id, kind, subject, part) DO UPDATE SET
           count = usage_counts.count + excluded.count",
        pool_id,
        kind,
        subject,
        part,
        count,
        expires_at.millis(),
    );
    Ok(())
}

/// The counts of all nodes since the part `first`, by part.
///
/// # Errors
/// If the database fails.
pub async fn since(
    conn: &mut Conn,
    pool_id: &str,
    (kind, subject): (&str, &str),
    first: i64,
) -> Result<Vec<(i64, i64)>> {
    Ok(fetch_all!(
        "db.usage_counts.since",
        (i64, i64),
        conn,
        "SELECT part, count FROM usage_counts
         WHERE pool_id = $1 AND kind = $2 AND subject = $3 AND part >= $4",
        pool_id,
        kind,
        subject,
        first,
    ))
}
