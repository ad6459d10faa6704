//! Devices that users have confirmed.

use super::creation_order::Cursor;
use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result};
use crate::domain::device::{Device, DeviceKeys};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    user_id: String,
    device_key: String,
    group_key: String,
    name: Option<String>,
    remembered: bool,
    second_factor: bool,
    srp_salt: Vec<u8>,
    srp_verifier: Vec<u8>,
    last_address: Option<String>,
    user_agent: Option<String>,
    created_at: i64,
    modified_at: i64,
    authenticated_at: i64,
}

impl From<Row> for Device {
    fn from(row: Row) -> Self {
        Self {
            pool_id: row.pool_id,
            user_id: row.user_id,
            keys: DeviceKeys {
                key: row.device_key,
                group_key: row.group_key,
            },
            name: row.name,
            remembered: row.remembered,
            second_factor: row.second_factor,
            srp_salt: row.srp_salt,
            srp_verifier: row.srp_verifier,
            last_address: row.last_address,
            user_agent: row.user_agent,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
            authenticated_at: Timestamp::from_millis(row.authenticated_at),
        }
    }
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        "pool_id, user_id, device_key, group_key, name, remembered, second_factor, srp_salt, srp_verifier, \
         last_address, user_agent, created_at, modified_at, authenticated_at"
    };
}

/// Adds a device, which is forgotten at `forgotten_after` unless the user signs in from it before; `false` if
/// the user has a device with its key.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, device: &Device, forgotten_after: Timestamp) -> Result<bool> {
    let rows = execute!(
        "db.devices.insert",
        conn,
        concat!(
            "INSERT INTO devices (",
            columns!(),
            ", forgotten_after)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT DO NOTHING"
        ),
        &device.pool_id,
        &device.user_id,
        &device.keys.key,
        &device.keys.group_key,
        device.name.as_deref(),
        device.remembered,
        device.second_factor,
        device.srp_salt.as_slice(),
        device.srp_verifier.as_slice(),
        device.last_address.as_deref(),
        device.user_agent.as_deref(),
        device.created_at.millis(),
        device.modified_at.millis(),
        device.authenticated_at.millis(),
        forgotten_after.millis(),
    );
    Ok(rows == 1)
}

/// The user's device with this key.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
) -> Result<Option<Device>> {
    Ok(fetch_optional!(
        "db.devices.find",
        Row,
        conn,
        concat!(
            "SELECT ",
            columns!(),
            " FROM devices WHERE pool_id = $1 AND user_id = $2 AND device_key = $3"
        ),
        pool_id,
        user_id,
        device_key,
    )
    .map(Device::from))
}

/// Up to `limit` of the user's devices, the first confirmed first, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Device>> {
    let (created_at, device_key) = Cursor::bounds(after);
    let rows = fetch_all!(
        "db.devices.page",
        Row,
        conn,
        concat!(
            "SELECT ",
            columns!(),
            " FROM devices WHERE pool_id = $1 AND user_id = $2 AND (created_at, device_key) > ($3, $4)
             ORDER BY created_at, device_key LIMIT $5 + 0"
        ),
        pool_id,
        user_id,
        created_at,
        device_key,
        limit,
    );
    Ok(rows.into_iter().map(Device::from).collect())
}

/// Sets whether the device is remembered; `false` if the user has no device with this key.
///
/// # Errors
/// If the database fails.
pub async fn set_remembered(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
    remembered: bool,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.devices.set_remembered",
        conn,
        "UPDATE devices SET remembered = $4, modified_at = $5
         WHERE pool_id = $1 AND user_id = $2 AND device_key = $3",
        pool_id,
        user_id,
        device_key,
        remembered,
        now.millis(),
    );
    Ok(rows == 1)
}

/// A sign-in from a device.
pub struct SignIn<'a> {
    /// Where it comes from, if that is known.
    pub address: Option<&'a str>,
    /// The software, if it has a name.
    pub user_agent: Option<&'a str>,
    /// Whether the user has passed a second factor.
    pub second_factor: bool,
    /// When.
    pub at: Timestamp,
    /// When the device is forgotten, unless there is another sign-in before.
    pub forgotten_after: Timestamp,
}

/// Records a sign-in from the device; `false` if the user has no device with this key any more.
///
/// # Errors
/// If the database fails.
pub async fn record_sign_in(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
    sign_in: &SignIn<'_>,
) -> Result<bool> {
    let rows = execute!(
        "db.devices.record_sign_in",
        conn,
        // An earlier sign-in may have opened a session that lasts longer. SQLite has no GREATEST.
        "UPDATE devices SET last_address = $4, user_agent = $5, authenticated_at = $6,
           forgotten_after = CASE WHEN forgotten_after > $7 THEN forgotten_after ELSE $7 END,
           second_factor = second_factor OR $8, waiting_session = NULL
         WHERE pool_id = $1 AND user_id = $2 AND device_key = $3",
        pool_id,
        user_id,
        device_key,
        sign_in.address,
        sign_in.user_agent,
        sign_in.at.millis(),
        sign_in.forgotten_after.millis(),
        sign_in.second_factor,
    );
    Ok(rows == 1)
}

/// Notes the session of a sign-in that the device is to prove itself in, instead of the one before; `false` if the
/// user has no device with this key any more.
///
/// # Errors
/// If the database fails.
pub async fn set_waiting_session(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
    session: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.devices.set_waiting_session",
        conn,
        "UPDATE devices SET waiting_session = $4
         WHERE pool_id = $1 AND user_id = $2 AND device_key = $3",
        pool_id,
        user_id,
        device_key,
        session,
    );
    Ok(rows == 1)
}

/// The session of the newest sign-in that the device is to prove itself in, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn waiting_session(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
) -> Result<Option<String>> {
    let row = fetch_optional!(
        "db.devices.waiting_session",
        (Option<String>,),
        conn,
        "SELECT waiting_session FROM devices
         WHERE pool_id = $1 AND user_id = $2 AND device_key = $3",
        pool_id,
        user_id,
        device_key,
    );
    Ok(row.and_then(|(session,)| session))
}

/// Deletes the device; `false` if the user has no device with this key.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.devices.delete",
        conn,
        "DELETE FROM devices WHERE pool_id = $1 AND user_id = $2 AND device_key = $3",
        pool_id,
        user_id,
        device_key,
    );
    Ok(rows == 1)
}

/// The keys of the user's devices beyond `most`, without the one with `kept_key`: those whose last sign-in is
/// longest ago.
///
/// # Errors
/// If the database fails.
pub async fn beyond(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    kept_key: &str,
    most: u32,
) -> Result<Vec<String>> {
    let rows = fetch_all!(
        "db.devices.beyond",
        (String,),
        conn,
        "SELECT device_key FROM devices WHERE pool_id = $1 AND user_id = $2 AND device_key <> $3
         ORDER BY authenticated_at DESC, device_key LIMIT 1000 OFFSET $4 + 0",
        pool_id,
        user_id,
        kept_key,
        i64::from(most.saturating_sub(1)),
    );
    Ok(rows.into_iter().map(|(key,)| key).collect())
}
