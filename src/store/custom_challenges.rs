//! Custom challenges that are too long for the session of their client: the sealed rest of each, until it is answered
//! or expires.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Stores what the challenge's session does not carry.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    challenge_id: &str,
    state: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    execute!(
        "db.custom_challenges.insert",
        conn,
        "INSERT INTO custom_challenges (pool_id, challenge_id, state, expires_at)
         VALUES ($1, $2, $3, $4)",
        pool_id,
        challenge_id,
        state,
        expires_at.millis(),
    );
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    state: Vec<u8>,
}

/// Takes out what [`insert`] has stored; `None` if it has been taken or has expired.
///
/// # Errors
/// If the database fails.
pub async fn take(conn: &mut Conn, pool_id: &str, challenge_id: &str) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        "db.custom_challenges.take",
        Row,
        conn,
        "DELETE FROM custom_challenges WHERE pool_id = $1 AND challenge_id = $2 RETURNING state",
        pool_id,
        challenge_id,
    );
    Ok(row.map(|row| row.state))
}
