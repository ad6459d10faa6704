//! Sessions of pools that track them.

use std::net::IpAddr;

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::session_tracking::{Activity, TrackedSession};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    listed_id: String,
    session_id: String,
    client_id: String,
    auth_time: i64,
    last_active_at: i64,
    device_type: String,
    last_address: Option<String>,
}

impl TryFrom<Row> for TrackedSession {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let address = row.last_address.map(|text| {
            text.parse().map_err(|_| Error::UnknownValue {
                column: "tracked_sessions.last_address",
            })
        });
        Ok(Self {
            listed_id: row.listed_id,
            session_id: row.session_id,
            client_id: row.client_id,
            created_at: Timestamp::from_millis(row.auth_time),
            last_activity: Activity {
                at: Timestamp::from_millis(row.last_active_at),
                device_type: row.device_type,
                address: address.transpose()?,
            },
        })
    }
}

/// Tracks a session that was stored just before. Of the user's live tracked sessions those that were not used for
/// longest are revoked until there are `most` with the new one.
///
/// The row of the user has to be locked, so that of two sign-ins at the same time the second counts the first
/// ([`super::sessions::insert`] locks it).
///
/// # Errors
/// If the database fails.
pub async fn begin(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session: &TrackedSession,
    most: i32,
) -> Result<()> {
    let activity = &session.last_activity;
    execute!(
        "db.tracked_sessions.revoke_unused",
        conn,
        "UPDATE sessions SET revoked_at = $3
         WHERE pool_id = $1 AND user_id = $2 AND revoked_at IS NULL AND session_id IN
           (SELECT t.session_id FROM tracked_sessions t JOIN sessions s
              ON s.pool_id = t.pool_id AND s.user_id = t.user_id AND s.session_id = t.session_id
            WHERE t.pool_id = $1 AND t.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3
            ORDER BY t.last_active_at DESC, t.session_id DESC LIMIT 1000 OFFSET $4 + 0)",
        pool_id,
        user_id,
        activity.at.millis(),
        i64::from(most.saturating_sub(1).max(0)),
    );
    execute!(
        "db.tracked_sessions.insert",
        conn,
        "INSERT INTO tracked_sessions
           (pool_id, user_id, session_id, listed_id, last_active_at, device_type, last_address)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        pool_id,
        user_id,
        &session.session_id,
        &session.listed_id,
        activity.at.millis(),
        &activity.device_type,
        activity.address.as_ref().map(IpAddr::to_string),
    );
    Ok(())
}

/// Writes down that the session was used, if it is tracked.
///
/// # Errors
/// If the database fails.
pub async fn record_activity(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
    activity: &Activity,
) -> Result<()> {
    execute!(
        "db.tracked_sessions.record_activity",
        conn,
        "UPDATE tracked_sessions SET last_active_at = $4, device_type = $5, last_address = $6
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3",
        pool_id,
        user_id,
        session_id,
        activity.at.millis(),
        &activity.device_type,
        activity.address.as_ref().map(IpAddr::to_string),
    );
    Ok(())
}

/// The place of a session in a user's list: when it began in milliseconds, and its id.
pub type Place = (i64, String);

/// Up to `limit` live sessions of the user behind the place `after`, in the order in which they began.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    after: Option<&Place>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<TrackedSession>> {
    let (created_at, session_id) = match after {
        Some((created_at, session_id)) => (*created_at, session_id.as_str()),
        None => (i64::MIN, ""),
    };
    fetch_all!(
        "db.tracked_sessions.page",
        Row,
        conn,
        "SELECT t.listed_id, t.session_id, s.client_id, s.auth_time, t.last_active_at, t.device_type,
           t.last_address
         FROM tracked_sessions t JOIN sessions s
           ON s.pool_id = t.pool_id AND s.user_id = t.user_id AND s.session_id = t.session_id
         WHERE t.pool_id = $1 AND t.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3
           AND (s.auth_time, t.session_id) > ($4, $5)
         ORDER BY s.auth_time, t.session_id LIMIT $6 + 0",
        pool_id,
        user_id,
        now.millis(),
        created_at,
        session_id,
        limit,
    )
    .into_iter()
    .map(TrackedSession::try_from)
    .collect()
}

#[derive(sqlx::FromRow)]
struct IdRow {
    session_id: String,
}

/// The id of the user's live session that is listed by `listed_id`, as tokens name it.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    listed_id: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    let row = fetch_optional!(
        "db.tracked_sessions.find",
        IdRow,
        conn,
        "SELECT t.session_id FROM tracked_sessions t JOIN sessions s
           ON s.pool_id = t.pool_id AND s.user_id = t.user_id AND s.session_id = t.session_id
         WHERE t.pool_id = $1 AND t.user_id = $2 AND t.listed_id = $3
           AND s.revoked_at IS NULL AND s.expires_at > $4",
        pool_id,
        user_id,
        listed_id,
        now.millis(),
    );
    Ok(row.map(|row| row.session_id))
}
