//! Token sessions: one for each sign-in.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    session_id: String,
    origin_jti: String,
    client_id: String,
    auth_time: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: row.session_id,
            origin_jti: row.origin_jti,
            client_id: row.client_id,
            auth_time: Timestamp::from_millis(row.auth_time),
            expires_at: Timestamp::from_millis(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
        }
    }
}

/// The columns of a session that an outer join may leave null.
#[derive(sqlx::FromRow)]
pub(super) struct OptionalRow {
    session_id: Option<String>,
    origin_jti: Option<String>,
    client_id: Option<String>,
    auth_time: Option<i64>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl OptionalRow {
    /// The session, if there is one.
    pub fn session(self) -> Option<Session> {
        Some(Session {
            id: self.session_id?,
            origin_jti: self.origin_jti?,
            client_id: self.client_id?,
            auth_time: Timestamp::from_millis(self.auth_time?),
            expires_at: Timestamp::from_millis(self.expires_at?),
            revoked_at: self.revoked_at.map(Timestamp::from_millis),
        })
    }
}

/// Adds a session; `false` if the user is deleted or disabled, or the password is not the one that was
/// set at `password_set_at`.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    password_set_at: Timestamp,
    session: &Session,
) -> Result<bool> {
    // The user's row is locked first. A transaction that disables the user and revokes the sessions
    // runs either before, and this session is refused, or after, and this session is revoked.
    let locked = execute!(
        conn,
        "UPDATE users SET version = version
         WHERE pool_id = $1 AND user_id = $2 AND enabled AND password_set_at = $3",
        pool_id,
        user_id,
        password_set_at.millis(),
    );
    if locked == 0 {
        return Ok(false);
    }
    execute!(
        conn,
        "INSERT INTO sessions
           (pool_id, user_id, session_id, origin_jti, client_id, auth_time, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        pool_id,
        user_id,
        &session.id,
        &session.origin_jti,
        &session.client_id,
        session.auth_time.millis(),
        session.expires_at.millis(),
    );
    Ok(true)
}

/// The user's session with this id, revoked or not.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<Session>> {
    Ok(fetch_optional!(
        Row,
        conn,
        "SELECT session_id, origin_jti, client_id, auth_time, expires_at, revoked_at
         FROM sessions WHERE pool_id = $1 AND user_id = $2 AND session_id = $3",
        pool_id,
        user_id,
        session_id,
    )
    .map(Session::from))
}

/// Revokes one session, and with it its refresh tokens and access tokens.
///
/// # Errors
/// If the database fails.
pub async fn revoke(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        conn,
        "UPDATE sessions SET revoked_at = $4
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3 AND revoked_at IS NULL",
        pool_id,
        user_id,
        session_id,
        now.millis(),
    );
    Ok(())
}

/// Revokes every session of the user.
///
/// # Errors
/// If the database fails.
pub async fn revoke_all(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        conn,
        "UPDATE sessions SET revoked_at = $3
         WHERE pool_id = $1 AND user_id = $2 AND revoked_at IS NULL",
        pool_id,
        user_id,
        now.millis(),
    );
    Ok(())
}
