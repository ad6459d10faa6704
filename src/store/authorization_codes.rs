//! Authorization codes of OAuth.

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::authorization_code::AuthorizationCode;
use crate::domain::time::Timestamp;

const TABLE: &str = "authorization_codes";

#[derive(sqlx::FromRow)]
struct Row {
    user_id: String,
    client_id: String,
    given_for: String,
    expires_at: i64,
    used_at: Option<i64>,
    session_id: Option<String>,
}

impl TryFrom<Row> for AuthorizationCode {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            binding: super::from_json(TABLE, &row.given_for)?,
            user_id: row.user_id,
            client_id: row.client_id,
            expires_at: Timestamp::from_millis(row.expires_at),
            is_used: row.used_at.is_some(),
            session_id: row.session_id,
        })
    }
}

/// Stores a code under its hash.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    code_hash: &[u8],
    code: &AuthorizationCode,
) -> Result<()> {
    let given_for = super::to_json(TABLE, &code.binding)?;
    execute!(
        "db.authorization_codes.insert",
        conn,
        "INSERT INTO authorization_codes
           (pool_id, code_hash, user_id, client_id, given_for, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        pool_id,
        code_hash,
        &code.user_id,
        &code.client_id,
        &given_for,
        code.expires_at.millis(),
    );
    Ok(())
}

/// Deletes the user's codes beyond the `most` newest.
///
/// # Errors
/// If the database fails.
pub async fn forget_oldest(conn: &mut Conn, pool_id: &str, user_id: &str, most: i64) -> Result<()> {
    execute!(
        "db.authorization_codes.forget_oldest",
        conn,
        "DELETE FROM authorization_codes
         WHERE pool_id = $1 AND user_id = $2 AND code_hash IN
           (SELECT code_hash FROM authorization_codes WHERE pool_id = $1 AND user_id = $2
            ORDER BY expires_at DESC, code_hash LIMIT 1000 OFFSET $3 + 0)",
        pool_id,
        user_id,
        most,
    );
    Ok(())
}

/// The code under this hash, ended or not.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    code_hash: &[u8],
) -> Result<Option<AuthorizationCode>> {
    fetch_optional!(
        "db.authorization_codes.find",
        Row,
        conn,
        "SELECT user_id, client_id, given_for, expires_at, used_at, session_id
         FROM authorization_codes WHERE pool_id = $1 AND code_hash = $2",
        pool_id,
        code_hash,
    )
    .map(AuthorizationCode::try_from)
    .transpose()
}

/// Uses a code up, for the tokens of a session or for none; `false` if it is used up already.
///
/// # Errors
/// If the database fails.
pub async fn use_up(
    conn: &mut Conn,
    pool_id: &str,
    code_hash: &[u8],
    session_id: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.authorization_codes.use_up",
        conn,
        "UPDATE authorization_codes SET used_at = $3, session_id = $4
         WHERE pool_id = $1 AND code_hash = $2 AND used_at IS NULL",
        pool_id,
        code_hash,
        now.millis(),
        session_id,
    );
    Ok(rows == 1)
}

/// Deletes the user's codes that nobody has exchanged.
///
/// # Errors
/// If the database fails.
pub async fn delete_unused_of_user(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    execute!(
        "db.authorization_codes.delete_unused_of_user",
        conn,
        "DELETE FROM authorization_codes WHERE pool_id = $1 AND user_id = $2 AND used_at IS NULL",
        pool_id,
        user_id,
    );
    Ok(())
}
