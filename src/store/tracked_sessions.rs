//! Sessions of pools that track them: of tokens, and those of browsers in the same lists.

use std::net::IpAddr;

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::session_tracking::{Activity, TrackedKind, TrackedSession};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    listed_id: String,
    /// `None` for a browser's.
    session_id: Option<String>,
    origin_id: Option<String>,
    client_id: String,
    began_at: i64,
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
            kind: match row.session_id {
                Some(session_id) => TrackedKind::Tokens {
                    session_id,
                    origin_id: row.origin_id,
                },
                None => TrackedKind::Browser,
            },
            client_id: row.client_id,
            created_at: Timestamp::from_millis(row.began_at),
            last_activity: Activity {
                at: Timestamp::from_millis(row.last_active_at),
                device_type: row.device_type,
                address: address.transpose()?,
            },
        })
    }
}

/// Tracks a session of tokens that was stored just before. Of the user's live tracked sessions those that were not used for
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
    (session, session_id): (&TrackedSession, &str),
    most: i32,
) -> Result<()> {
    let activity = &session.last_activity;
    let origin_id = match &session.kind {
        TrackedKind::Tokens { origin_id, .. } => origin_id.as_deref(),
        TrackedKind::Browser => None,
    };
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
           (pool_id, user_id, session_id, listed_id, last_active_at, device_type, last_address,
            began_at, origin_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        pool_id,
        user_id,
        session_id,
        &session.listed_id,
        activity.at.millis(),
        &activity.device_type,
        activity.address.as_ref().map(IpAddr::to_string),
        session.created_at.millis(),
        origin_id,
    );
    Ok(())
}

/// Tracks a browser's sign-in that was stored just before under this hash.
///
/// # Errors
/// If the database fails.
pub async fn begin_browser(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    token_hash: &[u8],
    session: &TrackedSession,
) -> Result<()> {
    let activity = &session.last_activity;
    execute!(
        "db.tracked_browser_sessions.insert",
        conn,
        "INSERT INTO tracked_browser_sessions
           (pool_id, token_hash, user_id, listed_id, client_id, began_at, last_active_at, device_type,
            last_address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        pool_id,
        token_hash,
        user_id,
        &session.listed_id,
        &session.client_id,
        session.created_at.millis(),
        activity.at.millis(),
        &activity.device_type,
        activity.address.as_ref().map(IpAddr::to_string),
    );
    Ok(())
}

/// Writes down that a browser's sign-in was used, if it is tracked.
///
/// # Errors
/// If the database fails.
pub async fn record_browser_activity(
    conn: &mut Conn,
    pool_id: &str,
    token_hash: &[u8],
    activity: &Activity,
) -> Result<()> {
    execute!(
        "db.tracked_browser_sessions.record_activity",
        conn,
        "UPDATE tracked_browser_sessions SET last_active_at = $3, device_type = $4, last_address = $5
         WHERE pool_id = $1 AND token_hash = $2",
        pool_id,
        token_hash,
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

/// The place of a session in a user's list: when it began in milliseconds, and the id that it is listed by.
pub type Place = (i64, String);

/// Up to `limit` live sessions of the user behind the place `after`, in the order in which they began. A browser's is live
/// while the user has the credentials version that it began with.
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
    let (began_at, listed_id) = match after {
        Some((began_at, listed_id)) => (*began_at, listed_id.as_str()),
        None => (i64::MIN, ""),
    };
    fetch_all!(
        "db.tracked_sessions.page",
        Row,
        conn,
        "SELECT listed_id, session_id, origin_id, client_id, began_at, last_active_at, device_type,
           last_address
         FROM
           (SELECT t.listed_id, t.session_id, t.origin_id, s.client_id,
              COALESCE(t.began_at, s.auth_time) AS began_at, t.last_active_at, t.device_type,
              t.last_address
            FROM tracked_sessions t JOIN sessions s
              ON s.pool_id = t.pool_id AND s.user_id = t.user_id AND s.session_id = t.session_id
            WHERE t.pool_id = $1 AND t.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3
            UNION ALL
            SELECT t.listed_id, NULL, NULL, t.client_id, t.began_at, t.last_active_at, t.device_type,
              t.last_address
            FROM tracked_browser_sessions t JOIN browser_sessions b
              ON b.pool_id = t.pool_id AND b.token_hash = t.token_hash
            JOIN users u
              ON u.pool_id = b.pool_id AND u.user_id = b.user_id
              AND u.credentials_version = b.credentials_version
            WHERE t.pool_id = $1 AND t.user_id = $2 AND b.expires_at > $3) AS listed
         WHERE (began_at, listed_id) > ($4, $5)
         ORDER BY began_at, listed_id LIMIT $6 + 0",
        pool_id,
        user_id,
        now.millis(),
        began_at,
        listed_id,
        limit,
    )
    .into_iter()
    .map(TrackedSession::try_from)
    .collect()
}

/// A live session of tokens, as a list has it.
#[derive(sqlx::FromRow)]
pub struct ListedTokens {
    /// Its id, as tokens name it.
    pub session_id: String,
    /// The id by which the browser's sign-in is listed that it comes from.
    pub origin_id: Option<String>,
}

/// The user's live session of tokens that is listed by `listed_id`.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    listed_id: &str,
    now: Timestamp,
) -> Result<Option<ListedTokens>> {
    Ok(fetch_optional!(
        "db.tracked_sessions.find",
        ListedTokens,
        conn,
        "SELECT t.session_id, t.origin_id FROM tracked_sessions t JOIN sessions s
           ON s.pool_id = t.pool_id AND s.user_id = t.user_id AND s.session_id = t.session_id
         WHERE t.pool_id = $1 AND t.user_id = $2 AND t.listed_id = $3
           AND s.revoked_at IS NULL AND s.expires_at > $4",
        pool_id,
        user_id,
        listed_id,
        now.millis(),
    ))
}

/// The user's live sessions of tokens that come from the browser's sign-in which is listed, or was, by `origin_id`.
///
/// # Errors
/// If the database fails.
pub async fn of_origin(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    origin_id: &str,
    now: Timestamp,
) -> Result<Vec<ListedTokens>> {
    Ok(fetch_all!(
        "db.tracked_sessions.of_origin",
        ListedTokens,
        conn,
        "SELECT t.session_id, t.origin_id FROM tracked_sessions t JOIN sessions s
           ON s.pool_id = t.pool_id AND s.user_id = t.user_id AND s.session_id = t.session_id
         WHERE t.pool_id = $1 AND t.user_id = $2 AND t.origin_id = $3
           AND s.revoked_at IS NULL AND s.expires_at > $4
         ORDER BY t.session_id",
        pool_id,
        user_id,
        origin_id,
        now.millis(),
    ))
}

#[derive(sqlx::FromRow)]
struct HashRow {
    token_hash: Vec<u8>,
}

/// The id by which the browser's sign-in is listed, or was, that the session of tokens comes from.
///
/// # Errors
/// If the database fails.
pub async fn origin_of(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<String>> {
    let row = fetch_optional!(
        "db.tracked_sessions.origin_of",
        ListedTokens,
        conn,
        "SELECT session_id, origin_id FROM tracked_sessions
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3",
        pool_id,
        user_id,
        session_id,
    );
    Ok(row.and_then(|row| row.origin_id))
}

/// The hash of the user's live sign-in of a browser that is listed by `listed_id`.
///
/// # Errors
/// If the database fails.
pub async fn find_browser(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    listed_id: &str,
    now: Timestamp,
) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        "db.tracked_browser_sessions.find",
        HashRow,
        conn,
        "SELECT t.token_hash FROM tracked_browser_sessions t JOIN browser_sessions b
           ON b.pool_id = t.pool_id AND b.token_hash = t.token_hash
         JOIN users u
           ON u.pool_id = b.pool_id AND u.user_id = b.user_id
           AND u.credentials_version = b.credentials_version
         WHERE t.pool_id = $1 AND t.user_id = $2 AND t.listed_id = $3 AND b.expires_at > $4",
        pool_id,
        user_id,
        listed_id,
        now.millis(),
    );
    Ok(row.map(|row| row.token_hash))
}
