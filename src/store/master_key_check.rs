//! The value by which a server checks at its start that its master key is the one of the database.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// The sealed value; `None` before the first start.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        "db.master_key_check.find",
        (Vec<u8>,),
        conn,
        "SELECT sealed FROM master_key_check WHERE id = 'master_key'",
    );
    Ok(row.map(|(sealed,)| sealed))
}

/// Adds the value, unless another node has added one.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, sealed: &[u8], now: Timestamp) -> Result<()> {
    execute!(
        "db.master_key_check.insert",
        conn,
        "INSERT INTO master_key_check (id, sealed, sealed_at) VALUES ('master_key', $1, $2)
         ON CONFLICT (id) DO NOTHING",
        sealed,
        now.millis(),
    );
    Ok(())
}

/// Replaces `former` by `sealed`; `false` if another value is stored by now.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    former: &[u8],
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.master_key_check.replace",
        conn,
        "UPDATE master_key_check SET sealed = $2, sealed_at = $3
         WHERE id = 'master_key' AND sealed = $1",
        former,
        sealed,
        now.millis(),
    );
    Ok(rows == 1)
}
