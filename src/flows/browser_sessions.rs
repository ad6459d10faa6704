//! The sign-ins that browsers hold at a pool's domain (domain 7): found by what the cookie holds, and ended.

use secrecy::{ExposeSecret, SecretString};

use super::Result;
use super::authentication::activity;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::app_client::AppClient;
use crate::domain::browser_session::BrowserSession;
use crate::domain::user::User;
use crate::store::{self, Conn};

/// The longest text of a cookie that is looked up.
const MAX_TOKEN_LENGTH: usize = 64;

/// The hash under which the sign-in is stored whose cookie holds `token`.
#[must_use]
pub fn hash(app: &App, pool_id: &str, token: &SecretString) -> [u8; 32] {
    app.vault
        .keyed_hash(KeyPurpose::TokenId, &parts(pool_id, token))
}

fn parts<'a>(pool_id: &'a str, token: &'a SecretString) -> [&'a [u8]; 3] {
    [
        b"browser session",
        pool_id.as_bytes(),
        token.expose_secret().as_bytes(),
    ]
}

/// The hashes under which it may be stored: by the current master key, and by former ones.
fn hashes(app: &App, pool_id: &str, token: &SecretString) -> Vec<[u8; 32]> {
    if token.expose_secret().len() > MAX_TOKEN_LENGTH {
        return Vec::new();
    }
    app.vault
        .keyed_hashes(KeyPurpose::TokenId, &parts(pool_id, token))
}

/// A user who is signed in at a browser.
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The sign-in.
    pub session: BrowserSession,
    /// The hash that it is stored under.
    pub token_hash: [u8; 32],
}

/// The user of a cookie; `None` if its sign-in has ended, or the user is disabled or has other credentials by now.
///
/// # Errors
/// If the store fails.
pub async fn find(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    token: &SecretString,
) -> Result<Option<SignedIn>> {
    let mut conn = app.db.read().await?;
    for hash in hashes(app, pool_id, token) {
        let found = store::browser_sessions::find(&mut conn, pool_id, &hash).await?;
        let Some(session) = found.filter(|session| session.expires_at > context.now) else {
            continue;
        };
        let user = store::users::find(&mut conn, pool_id, &session.user_id).await?;
        let is_same =
            |user: &User| user.enabled && user.credentials_version == session.credentials_version;
        return Ok(user.filter(is_same).map(|user| SignedIn {
            user,
            session,
            token_hash: hash,
        }));
    }
    Ok(None)
}

/// Keeps the sign-in under this hash from being ended before the caller's transaction is, in which it brings the app client
/// a code or tokens; `false` if it has ended.
///
/// # Errors
/// If the store fails.
pub async fn lock(
    context: &RequestContext,
    conn: &mut Conn,
    client: &AppClient,
    token_hash: &[u8],
) -> Result<bool> {
    let pool_id = &client.pool_id;
    let is_there = store::browser_sessions::lock(conn, pool_id, token_hash).await?;
    if is_there {
        let activity = activity::of(context, client);
        let record = store::tracked_sessions::record_browser_activity;
        record(conn, pool_id, token_hash, &activity).await?;
    }
    Ok(is_there)
}

/// Ends the sign-in of a cookie. One that has ended, or that nobody has given, is no error.
///
/// # Errors
/// If the store fails.
pub async fn end(app: &App, pool_id: &str, token: &SecretString) -> Result<()> {
    for hash in hashes(app, pool_id, token) {
        // Anybody can send a cookie, and a store may have one writer.
        let found =
            store::browser_sessions::find(&mut app.db.read().await?, pool_id, &hash).await?;
        if found.is_some() {
            store::browser_sessions::delete(&mut app.db.write().await?, pool_id, &hash).await?;
        }
    }
    Ok(())
}
