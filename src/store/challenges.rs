//! Challenges that were answered, so that each is answered at most once.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Records that a challenge was answered; `false` if it already was. The record can be deleted after
/// `expires_at`, when the challenge itself has expired.
///
/// # Errors
/// If the database fails.
pub async fn mark_answered(
    conn: &mut Conn,
    pool_id: &str,
    challenge_id: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.challenges.mark_answered",
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
struct Row {
    expires_at: i64,
}

/// Whether a challenge was answered.
///
/// # Errors
/// If the database fails.
pub async fn is_answered(conn: &mut Conn, pool_id: &str, challenge_id: &str) -> Result<bool> {
    let row = fetch_optional!(
        "db.challenges.is_answered",
        Row,
        conn,
        "SELECT expires_at FROM spent_challenges WHERE pool_id = $1 AND challenge_id = $2",
        pool_id,
        challenge_id,
    );
    Ok(row.is_some_and(|row| row.expires_at > 0))
}
