//! Which master keys nodes have sealed under and until when, which forms of stored values they write, and how
//! long hashes live that were made under a key.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// The time in which nodes sealed under a master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key's id, in hexadecimal.
    pub key_id: String,
    /// When a node first did.
    pub first_used_at: Timestamp,
    /// When a node last said that it does.
    pub last_used_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: String,
    first_used_at: i64,
    last_used_at: i64,
}

/// Records that a node seals under this key at `now`, unless that is recorded of the minute before already.
///
/// # Errors
/// If the database fails.
pub async fn record_use(conn: &mut Conn, key_id: &str, now: Timestamp) -> Result<()> {
    execute!(
        "db.master_keys.record_use",
        conn,
        "INSERT INTO master_keys (key_id, first_used_at, last_used_at) VALUES ($1, $2, $2)
         ON CONFLICT (key_id) DO UPDATE SET last_used_at = excluded.last_used_at
         WHERE master_keys.last_used_at < excluded.last_used_at - 60000",
        key_id,
        now.millis(),
    );
    Ok(())
}

/// Records a key of which it is not known when it was used, as used until `now`, unless it is recorded already.
///
/// # Errors
/// If the database fails.
pub async fn record_former(conn: &mut Conn, key_id: &str, now: Timestamp) -> Result<()> {
    execute!(
        "db.master_keys.record_former",
        conn,
        "INSERT INTO master_keys (key_id, first_used_at, last_used_at) VALUES ($1, $2, $2)
         ON CONFLICT (key_id) DO NOTHING",
        key_id,
        now.millis(),
    );
    Ok(())
}

/// All keys that are recorded.
///
/// # Errors
/// If the database fails.
pub async fn list(conn: &mut Conn) -> Result<Vec<KeyUse>> {
    let rows = fetch_all!(
        "db.master_keys.list",
        Row,
        conn,
        "SELECT key_id, first_used_at, last_used_at FROM master_keys ORDER BY first_used_at, key_id",
    );
    Ok(rows
        .into_iter()
        .map(|row| KeyUse {
            key_id: row.key_id,
            first_used_at: Timestamp::from_millis(row.first_used_at),
            last_used_at: Timestamp::from_millis(row.last_used_at),
        })
        .collect())
}

/// The end of the last code that lives at `now` and was made until `made_until`. Reads all codes.
///
/// # Errors
/// If the database fails.
pub async fn last_code_end(
    conn: &mut Conn,
    made_until: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let row = fetch_optional!(
        "db.master_keys.last_code_end",
        (i64,),
        conn,
        "SELECT expires_at FROM codes WHERE created_at <= $1 AND expires_at > $2
         ORDER BY expires_at DESC LIMIT 1",
        made_until.millis(),
        now.millis(),
    );
    Ok(row.map(|(end,)| Timestamp::from_millis(end)))
}

/// The end of the last refresh token that lives at `now` and was made until `made_until`. Reads sessions
/// until it finds one.
///
/// # Errors
/// If the database fails.
pub async fn last_refresh_token_end(
    conn: &mut Conn,
    made_until: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let row = fetch_optional!(
        "db.master_keys.last_refresh_token_end",
        (i64,),
        conn,
        "SELECT s.expires_at FROM sessions s
         WHERE s.expires_at > $2 AND s.revoked_at IS NULL AND EXISTS
           (SELECT 1 FROM refresh_tokens t WHERE t.pool_id = s.pool_id AND t.user_id = s.user_id
              AND t.session_id = s.session_id AND t.created_at <= $1 AND t.replaced_at IS NULL)
         ORDER BY s.expires_at DESC LIMIT 1",
        made_until.millis(),
        now.millis(),
    );
    Ok(row.map(|(end,)| Timestamp::from_millis(end)))
}

/// The form of password hashes that are sealed under the master key.
pub const SEALED_PASSWORD_HASHES: &str = "sealed_password_hashes";

/// Whether nodes write the form `name`.
///
/// # Errors
/// If the database fails.
pub async fn writes_form(conn: &mut Conn, name: &str) -> Result<bool> {
    let row = fetch_optional!(
        "db.master_keys.writes_form",
        (i64,),
        conn,
        "SELECT written_since FROM stored_forms WHERE name = $1",
        name,
    );
    Ok(row.is_some())
}

/// Has nodes write the form `name` from `now`; `false` if they do already.
///
/// # Errors
/// If the database fails.
pub async fn write_form(conn: &mut Conn, name: &str, now: Timestamp) -> Result<bool> {
    let rows = execute!(
        "db.master_keys.write_form",
        conn,
        "INSERT INTO stored_forms (name, written_since) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        name,
        now.millis(),
    );
    Ok(rows == 1)
}
