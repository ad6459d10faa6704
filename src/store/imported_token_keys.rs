//! The keys that user pools have brought from other servers with refresh tokens that were issued there.

use super::statement::{fetch_all, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Keys of one master key of the other server.
#[derive(sqlx::FromRow)]
pub struct ImportedKeysRow {
    /// The id of that master key, in hexadecimal.
    pub key_id: String,
    /// The keys, sealed.
    pub keys: Vec<u8>,
}

/// The keys of the pool.
///
/// # Errors
/// If the database fails.
pub async fn list(conn: &mut Conn, pool_id: &str) -> Result<Vec<ImportedKeysRow>> {
    Ok(fetch_all!(
        "db.imported_token_keys.list",
        ImportedKeysRow,
        conn,
        "SELECT key_id, keys FROM imported_token_keys WHERE pool_id = $1",
        pool_id,
    ))
}

/// The end of the pool's last session that has not been revoked, if it has any that lives at `now`. Reads all of them.
///
/// # Errors
/// If the database fails.
pub async fn last_session_end(
    conn: &mut Conn,
    pool_id: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let row = fetch_optional!(
        "db.imported_token_keys.last_session_end",
        (i64,),
        conn,
        "SELECT expires_at FROM sessions WHERE pool_id = $1 AND revoked_at IS NULL AND expires_at > $2
         ORDER BY expires_at DESC LIMIT 1",
        pool_id,
        now.millis(),
    );
    Ok(row.map(|(end,)| Timestamp::from_millis(end)))
}
