//! Access keys of administrators. They belong to no pool, and are few.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result};
use crate::domain::access_key::{AccessKey, USE_EXACT_TO_MS};
use crate::domain::time::Timestamp;

/// An access key with its sealed secret.
pub struct SealedAccessKey {
    /// The key.
    pub key: AccessKey,
    /// The secret, sealed.
    pub secret: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: String,
    name: String,
    policy: String,
    secret: Vec<u8>,
    created_at: i64,
    ends_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl From<Row> for SealedAccessKey {
    fn from(row: Row) -> Self {
        Self {
            key: AccessKey {
                id: row.key_id,
                name: row.name,
                policy: row.policy,
                created_at: Timestamp::from_millis(row.created_at),
                ends_at: row.ends_at.map(Timestamp::from_millis),
                last_used_at: row.last_used_at.map(Timestamp::from_millis),
            },
            secret: row.secret,
        }
    }
}

/// Adds a key that was not used yet.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, key: &AccessKey, sealed_secret: &[u8]) -> Result<()> {
    execute!(
        "db.access_keys.insert",
        conn,
        "INSERT INTO access_keys (key_id, name, policy, secret, created_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &key.id,
        &key.name,
        &key.policy,
        sealed_secret,
        key.created_at.millis(),
        key.ends_at.map(Timestamp::millis),
    );
    Ok(())
}

/// All keys, in the order in which they were made.
///
/// # Errors
/// If the database fails.
pub async fn list(conn: &mut Conn) -> Result<Vec<SealedAccessKey>> {
    let rows = fetch_all!(
        "db.access_keys.list",
        Row,
        conn,
        "SELECT key_id, name, policy, secret, created_at, ends_at, last_used_at FROM access_keys
         ORDER BY created_at, key_id",
    );
    Ok(rows.into_iter().map(SealedAccessKey::from).collect())
}

/// Whether there is no key that has not ended at `now`.
///
/// # Errors
/// If the database fails.
pub async fn is_empty(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row = fetch_optional!(
        "db.access_keys.is_empty",
        (String,),
        conn,
        "SELECT key_id FROM access_keys WHERE ends_at IS NULL OR ends_at > $1 LIMIT 1",
        now.millis(),
    );
    Ok(row.is_none())
}

/// Has the key end at `end`, unless it ends before; `false` if there is none with this id.
///
/// # Errors
/// If the database fails.
pub async fn end_at(conn: &mut Conn, id: &str, end: Timestamp) -> Result<bool> {
    let rows = execute!(
        "db.access_keys.end_at",
        conn,
        "UPDATE access_keys SET ends_at = CASE WHEN ends_at < $2 THEN ends_at ELSE $2 END WHERE key_id = $1",
        id,
        end.millis(),
    );
    Ok(rows == 1)
}

/// Deletes a key; `false` if there is none with this id.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, id: &str) -> Result<bool> {
    let rows = execute!(
        "db.access_keys.delete",
        conn,
        "DELETE FROM access_keys WHERE key_id = $1",
        id,
    );
    Ok(rows == 1)
}

/// Records that the key was used at `now`, unless that is recorded of the hour before already.
///
/// # Errors
/// If the database fails.
pub async fn record_use(conn: &mut Conn, id: &str, now: Timestamp) -> Result<()> {
    execute!(
        "db.access_keys.record_use",
        conn,
        "UPDATE access_keys SET last_used_at = $2
         WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
        id,
        now.millis(),
        now.plus_millis(-USE_EXACT_TO_MS).millis(),
    );
    Ok(())
}
