//! The value by which a server sees that its master key fits the database.

use super::db::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// The sealed value; `None` before the first start.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        (Vec<u8>,),
        conn,
        "SELECT sealed FROM master_key_check WHERE id = 'master_key'",
    );
    Ok(row.map(|(sealed,)| sealed))
}

/// Writes the value, unless another node was first.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, sealed: &[u8], now: Timestamp) -> Result<()> {
    execute!(
        conn,
        "INSERT INTO master_key_check (id, sealed, sealed_at) VALUES ('master_key', $1, $2)
         ON CONFLICT (id) DO NOTHING",
        sealed,
        now.millis(),
    );
    Ok(())
}

/// Puts `sealed` into the place of `former`; `false` if that is not there any more.
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
        conn,
        "UPDATE master_key_check SET sealed = $2, sealed_at = $3
         WHERE id = 'master_key' AND sealed = $1",
        former,
        sealed,
        now.millis(),
    );
    Ok(rows == 1)
}
