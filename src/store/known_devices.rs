//! The devices that users signed in from, by keyed hashes: kept only where a pool tells its users of new ones.

use super::statement::{execute, fetch_all};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// How long a device is remembered after the last sign-in from it, in seconds: 400 days.
pub const MEMORY_SECONDS: i64 = 400 * 86_400;
/// The most devices that are remembered for a user: those seen last.
pub const MOST: usize = 10;

/// A device that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownDevice {
    /// The keyed hash of what it is known by.
    pub device_hash: Vec<u8>,
    /// When somebody last signed in from it, in milliseconds; exact to a day.
    pub last_seen_at: i64,
}

/// The devices that the user signed in from, and that are still remembered at `now`.
///
/// # Errors
/// If the database fails.
pub async fn of_user(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<Vec<KnownDevice>> {
    Ok(fetch_all!(
        "db.known_devices.of_user",
        KnownDevice,
        conn,
        "SELECT device_hash, last_seen_at FROM known_devices
         WHERE pool_id = $1 AND user_id = $2 AND last_seen_at >= $3",
        pool_id,
        user_id,
        now.plus_seconds(-MEMORY_SECONDS).millis(),
    ))
}

/// Remembers a device that the user has not signed in from before.
///
/// # Errors
/// If the database fails.
pub async fn remember(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_hash: &[u8],
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.known_devices.remember",
        conn,
        // A row that is too old to be remembered may not be deleted yet.
        "INSERT INTO known_devices (pool_id, user_id, device_hash, last_seen_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (pool_id, user_id, device_hash)
         DO UPDATE SET last_seen_at = excluded.last_seen_at",
        pool_id,
        user_id,
        device_hash,
        now.millis(),
    );
    Ok(())
}

/// Records a sign-in from a device that is remembered by the hash `former`, and by `device_hash` from now on.
///
/// # Errors
/// If the database fails.
pub async fn see_again(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    (former, device_hash): (&[u8], &[u8]),
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.known_devices.see_again",
        conn,
        "UPDATE known_devices SET device_hash = $4, last_seen_at = $5
         WHERE pool_id = $1 AND user_id = $2 AND device_hash = $3",
        pool_id,
        user_id,
        former,
        device_hash,
        now.millis(),
    );
    Ok(())
}

/// Forgets the user's devices beyond [`MOST`], those seen longest ago.
///
/// # Errors
/// If the database fails.
pub async fn forget_oldest(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    execute!(
        "db.known_devices.forget_oldest",
        conn,
        "DELETE FROM known_devices
         WHERE pool_id = $1 AND user_id = $2 AND device_hash NOT IN
           (SELECT device_hash FROM known_devices WHERE pool_id = $1 AND user_id = $2
            ORDER BY last_seen_at DESC, device_hash LIMIT $3 + 0)",
        pool_id,
        user_id,
        i64::try_from(MOST).unwrap_or(i64::MAX),
    );
    Ok(())
}
