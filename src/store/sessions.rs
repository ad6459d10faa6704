//! Token sessions: one for each sign-in.

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result, authorization_codes, browser_sessions};
use crate::domain::acr::Factors;
use crate::domain::session::{OAuthSession, Session, SignInMethod};
use crate::domain::time::Timestamp;

/// The columns of a session that an outer join may leave null.
#[derive(sqlx::FromRow)]
pub(super) struct OptionalRow {
    session_id: Option<String>,
    origin_jti: Option<String>,
    client_id: Option<String>,
    auth_time: Option<i64>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    scopes: Option<String>,
    method: Option<String>,
    second_factor: Option<bool>,
    amr: Option<String>,
    acr: Option<String>,
    device_key: Option<String>,
    nonce: Option<String>,
    is_oauth: Option<bool>,
    resource: Option<String>,
}

/// The columns of [`OptionalRow`], qualified.
macro_rules! session_columns {
    () => {
        "s.session_id, s.origin_jti, s.client_id, s.auth_time, s.expires_at, s.revoked_at, s.scopes, \
         s.method, s.second_factor, s.amr, s.acr, s.device_key, s.nonce, s.is_oauth, \
         s.resource"
    };
}
pub(super) use session_columns;

impl OptionalRow {
    /// The session, if there is one.
    pub fn session(self) -> Result<Option<Session>> {
        let (Some(id), Some(origin_jti), Some(client_id), Some(auth_time), Some(expires_at)) = (
            self.session_id,
            self.origin_jti,
            self.client_id,
            self.auth_time,
            self.expires_at,
        ) else {
            return Ok(None);
        };
        let method = method_named(&self.method.unwrap_or_default())?;
        let scopes = self.scopes.unwrap_or_default();
        Ok(Some(Session {
            id,
            origin_jti,
            client_id,
            auth_time: Timestamp::from_millis(auth_time),
            expires_at: Timestamp::from_millis(expires_at),
            revoked_at: self.revoked_at.map(Timestamp::from_millis),
            scopes: scopes.split_whitespace().map(ToOwned::to_owned).collect(),
            method,
            factors: factors(method, self.amr.as_deref()),
            acr: self.acr,
            second_factor: self.second_factor.unwrap_or_default(),
            device_key: self.device_key,
            nonce: self.nonce,
            oauth: self.is_oauth.unwrap_or_default().then_some(OAuthSession {
                resource: self.resource,
            }),
        }))
    }
}

/// Adds a session, at `now`; `false` if the user is gone, disabled, or has another credentials version than
/// the sign-in was begun with. Of the sessions that have neither expired nor been revoked, the oldest are
/// revoked until the user has `most` with the new one.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    credentials_version: i64,
    session: &Session,
    most: u32,
    now: Timestamp,
) -> Result<bool> {
    // The row is locked first: a transaction that disables the user and revokes its sessions comes
    // either before, and this session is refused, or after, and it is revoked. And of two sign-ins at
    // the same time the second counts the first.
    let locked = execute!(
        "db.sessions.lock_user",
        conn,
        "UPDATE users SET version = version
         WHERE pool_id = $1 AND user_id = $2 AND enabled AND credentials_version = $3",
        pool_id,
        user_id,
        credentials_version,
    );
    if locked == 0 {
        return Ok(false);
    }
    execute!(
        "db.sessions.revoke_oldest",
        conn,
        "UPDATE sessions SET revoked_at = $3
         WHERE pool_id = $1 AND user_id = $2 AND revoked_at IS NULL AND session_id IN
           (SELECT session_id FROM sessions
            WHERE pool_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
            ORDER BY auth_time DESC, session_id DESC LIMIT 1000 OFFSET $4 + 0)",
        pool_id,
        user_id,
        now.millis(),
        i64::from(most.saturating_sub(1)),
    );
    let scopes = session.scopes.join(" ");
    let resource = session.oauth.as_ref();
    let resource = resource.and_then(|oauth| oauth.resource.as_deref());
    execute!(
        "db.sessions.insert",
        conn,
        "INSERT INTO sessions
           (pool_id, user_id, session_id, origin_jti, client_id, auth_time, expires_at, scopes,
            method, second_factor, amr, acr, device_key, nonce, is_oauth, resource)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        pool_id,
        user_id,
        &session.id,
        &session.origin_jti,
        &session.client_id,
        session.auth_time.millis(),
        session.expires_at.millis(),
        &scopes,
        session.method.as_str(),
        session.second_factor,
        &session.factors.amr().join(" "),
        session.acr.as_deref(),
        session.device_key.as_deref(),
        session.nonce.as_deref(),
        session.oauth.is_some(),
        resource,
    );
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct LiveRow {
    revoked_at: Option<i64>,
}

/// Whether the user has a session with this id that is not revoked.
///
/// # Errors
/// If the database fails.
pub async fn is_live(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<bool> {
    let row = fetch_optional!(
        "db.sessions.is_live",
        LiveRow,
        conn,
        "SELECT revoked_at FROM sessions
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3",
        pool_id,
        user_id,
        session_id,
    );
    Ok(row.is_some_and(|row| row.revoked_at.is_none()))
}

/// A session that has not been revoked, as far as its device is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// The key of the device that the user signed in from, if there is one.
    pub device_key: Option<String>,
    /// Whether the user has passed a second factor.
    pub second_factor: bool,
    /// The end of its refresh tokens' life.
    pub expires_at: Timestamp,
}

/// The device of the user's session with this id; `None` if there is no such session, or it is revoked.
///
/// # Errors
/// If the database fails.
pub async fn find_live(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<LiveSession>> {
    let row = fetch_optional!(
        "db.sessions.find_live",
        (Option<String>, bool, i64),
        conn,
        "SELECT device_key, second_factor, expires_at FROM sessions
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3 AND revoked_at IS NULL",
        pool_id,
        user_id,
        session_id,
    );
    Ok(
        row.map(|(device_key, second_factor, expires_at)| LiveSession {
            device_key,
            second_factor,
            expires_at: Timestamp::from_millis(expires_at),
        }),
    )
}

/// What a session's user has proven in the sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenSession {
    /// When that was.
    pub auth_time: Timestamp,
    /// How the user signed in.
    pub method: SignInMethod,
    /// The factors.
    pub factors: Factors,
}

/// What was proven in the sign-in of the user's session with this id; `None` if there is no such session, or it is
/// revoked.
///
/// # Errors
/// If the database fails.
pub async fn find_proven(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<ProvenSession>> {
    let row = fetch_optional!(
        "db.sessions.find_proven",
        (i64, String, Option<String>),
        conn,
        "SELECT auth_time, method, amr FROM sessions
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3 AND revoked_at IS NULL",
        pool_id,
        user_id,
        session_id,
    );
    row.map(|(auth_time, method, amr)| {
        let method = method_named(&method)?;
        Ok(ProvenSession {
            auth_time: Timestamp::from_millis(auth_time),
            method,
            factors: factors(method, amr.as_deref()),
        })
    })
    .transpose()
}

fn method_named(word: &str) -> Result<SignInMethod> {
    SignInMethod::named(word).ok_or(Error::UnknownValue {
        column: "sessions.method",
    })
}

/// The factors of a session; a server of the version before writes none.
fn factors(method: SignInMethod, amr: Option<&str>) -> Factors {
    amr.map_or_else(|| method.factors(), Factors::of_amr)
}

/// Revokes every session that the user has opened from the device with this key.
///
/// # Errors
/// If the database fails.
pub async fn revoke_of_device(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.sessions.revoke_of_device",
        conn,
        "UPDATE sessions SET revoked_at = $4
         WHERE pool_id = $1 AND user_id = $2 AND device_key = $3 AND revoked_at IS NULL",
        pool_id,
        user_id,
        device_key,
        now.millis(),
    );
    Ok(())
}

/// Keeps further sessions of the user from being added before the transaction is over: [`insert`] waits for the same row.
///
/// # Errors
/// If the database fails.
pub async fn hold_off(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    execute!(
        "db.sessions.hold_off",
        conn,
        "UPDATE users SET version = version WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    );
    Ok(())
}

/// Revokes one session, and with it its refresh tokens and access tokens; `false` if it was revoked before, or is
/// not there.
///
/// # Errors
/// If the database fails.
pub async fn revoke(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.sessions.revoke",
        conn,
        "UPDATE sessions SET revoked_at = $4
         WHERE pool_id = $1 AND user_id = $2 AND session_id = $3 AND revoked_at IS NULL",
        pool_id,
        user_id,
        session_id,
        now.millis(),
    );
    Ok(rows > 0)
}

/// Revokes every session of the user but the one with this id, and ends the sign-ins of browsers and the codes that they have got.
///
/// # Errors
/// If the database fails.
pub async fn revoke_all_but(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    kept_session_id: &str,
    now: Timestamp,
) -> Result<()> {
    end_browsers_and_codes(conn, pool_id, user_id).await?;
    execute!(
        "db.sessions.revoke_all_but",
        conn,
        "UPDATE sessions SET revoked_at = $4
         WHERE pool_id = $1 AND user_id = $2 AND session_id <> $3 AND revoked_at IS NULL",
        pool_id,
        user_id,
        kept_session_id,
        now.millis(),
    );
    Ok(())
}

/// Ends the user's sign-ins of browsers and the codes that nobody has exchanged. It has to come before sessions are
/// revoked: a transaction that makes tokens holds the row of the sign-in or of the code until their session is stored, so
/// that the session is there to be revoked once this has got that row.
async fn end_browsers_and_codes(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    browser_sessions::delete_of_user(conn, pool_id, user_id).await?;
    authorization_codes::delete_unused_of_user(conn, pool_id, user_id).await
}

/// Revokes every session of the user, and ends the sign-ins of browsers and the codes that they have got.
///
/// # Errors
/// If the database fails.
pub async fn revoke_all(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<()> {
    end_browsers_and_codes(conn, pool_id, user_id).await?;
    execute!(
        "db.sessions.revoke_all",
        conn,
        "UPDATE sessions SET revoked_at = $3
         WHERE pool_id = $1 AND user_id = $2 AND revoked_at IS NULL",
        pool_id,
        user_id,
        now.millis(),
    );
    Ok(())
}
