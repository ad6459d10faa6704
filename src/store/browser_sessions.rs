//! Sign-ins that browsers hold at the domains of pools.

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::browser_session::BrowserSession;
use crate::domain::time::Timestamp;

const TABLE: &str = "browser_sessions";

#[derive(sqlx::FromRow)]
struct Row {
    user_id: String,
    credentials_version: i64,
    sign_in: String,
    expires_at: i64,
}

impl TryFrom<Row> for BrowserSession {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            sign_in: super::from_json(TABLE, &row.sign_in)?,
            user_id: row.user_id,
            credentials_version: row.credentials_version,
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}

/// Stores a sign-in under the hash of what its cookie holds; `false` if the user is gone, disabled, or has another
/// credentials version than the sign-in was begun with.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    token_hash: &[u8],
    session: &BrowserSession,
) -> Result<bool> {
    // The row is locked first, as by `sessions::insert`: who disables the user at the same time ends this sign-in.
    let locked = execute!(
        "db.browser_sessions.lock_user",
        conn,
        "UPDATE users SET version = version
         WHERE pool_id = $1 AND user_id = $2 AND enabled AND credentials_version = $3",
        pool_id,
        &session.user_id,
        session.credentials_version,
    );
    if locked == 0 {
        return Ok(false);
    }
    let sign_in = super::to_json(TABLE, &session.sign_in)?;
    execute!(
        "db.browser_sessions.insert",
        conn,
        "INSERT INTO browser_sessions
           (pool_id, token_hash, user_id, credentials_version, sign_in, expires_at, began_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        pool_id,
        token_hash,
        &session.user_id,
        session.credentials_version,
        &sign_in,
        session.expires_at.millis(),
        session.sign_in.auth_time().millis(),
    );
    Ok(true)
}

/// Keeps the sign-in under this hash from being ended before the transaction is; `false` if it has ended.
///
/// # Errors
/// If the database fails.
pub async fn lock(conn: &mut Conn, pool_id: &str, token_hash: &[u8]) -> Result<bool> {
    let rows = execute!(
        "db.browser_sessions.lock",
        conn,
        "UPDATE browser_sessions SET expires_at = expires_at WHERE pool_id = $1 AND token_hash = $2",
        pool_id,
        token_hash,
    );
    Ok(rows == 1)
}

/// Ends the user's oldest sign-ins, so that `most` are left with the one under the hash `newest`.
///
/// # Errors
/// If the database fails.
pub async fn end_oldest(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    newest: &[u8],
    most: u32,
) -> Result<()> {
    // One without a beginning is of a version under which each lived an hour.
    execute!(
        "db.browser_sessions.end_oldest",
        conn,
        "DELETE FROM browser_sessions
         WHERE pool_id = $1 AND user_id = $2 AND token_hash IN
           (SELECT token_hash FROM browser_sessions
            WHERE pool_id = $1 AND user_id = $2 AND token_hash <> $3
            ORDER BY COALESCE(began_at, expires_at - 3600000) DESC, token_hash
            LIMIT 1000 OFFSET $4 + 0)",
        pool_id,
        user_id,
        newest,
        i64::from(most.saturating_sub(1)),
    );
    Ok(())
}

/// The sign-in under this hash, ended or not.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    token_hash: &[u8],
) -> Result<Option<BrowserSession>> {
    fetch_optional!(
        "db.browser_sessions.find",
        Row,
        conn,
        "SELECT user_id, credentials_version, sign_in, expires_at FROM browser_sessions
         WHERE pool_id = $1 AND token_hash = $2",
        pool_id,
        token_hash,
    )
    .map(BrowserSession::try_from)
    .transpose()
}

/// Ends the sign-in under this hash, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, token_hash: &[u8]) -> Result<()> {
    execute!(
        "db.browser_sessions.delete",
        conn,
        "DELETE FROM browser_sessions WHERE pool_id = $1 AND token_hash = $2",
        pool_id,
        token_hash,
    );
    Ok(())
}

/// Ends all sign-ins of the user.
///
/// # Errors
/// If the database fails.
pub async fn delete_of_user(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    execute!(
        "db.browser_sessions.delete_of_user",
        conn,
        "DELETE FROM browser_sessions WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    );
    Ok(())
}

/// Ends all sign-ins at the pool.
///
/// # Errors
/// If the database fails.
pub async fn delete_of_pool(conn: &mut Conn, pool_id: &str) -> Result<()> {
    execute!(
        "db.browser_sessions.delete_of_pool",
        conn,
        "DELETE FROM browser_sessions WHERE pool_id = $1",
        pool_id,
    );
    Ok(())
}
