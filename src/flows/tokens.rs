//! Tokens: issued at sign-in and refresh, and checked when a user acts on its own account.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::verified::Checked;
use super::{Error, Result, keys, lookup, refuse};
use crate::app::App;
use crate::crypto::{Purpose, TokenFault, fingerprint, peek_claims, peek_header, tokens};
use crate::domain::app_client::AppClient;
use crate::domain::claims::{AccessClaims, Issue};
use crate::domain::failure::Failure;
use crate::domain::group::Group;
use crate::domain::permissions::may_read;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::domain::user_pool::{TokenUse, UserPool};
use crate::store::{self, Conn};

/// Tokens as a client gets them.
pub struct Tokens {
    /// The access token.
    pub access: SecretString,
    /// The ID token.
    pub id: SecretString,
    /// A refresh token, where a new one was issued.
    pub refresh: Option<SecretString>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

/// What a refresh token says to us; sealed, so nobody else reads it.
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshClaims {
    /// The pool.
    pub pool: String,
    /// The client.
    pub client: String,
    /// The user.
    pub user: String,
    /// The session.
    pub session: String,
    /// What makes it unlike any other token of the session.
    pub id: Uuid,
    /// The end of its life, in milliseconds.
    pub exp: i64,
}

/// A new session of the user at the client. `request_id` is that of the sign-in.
pub(super) fn new_session(
    app: &App,
    client: &AppClient,
    request_id: Uuid,
    now: Timestamp,
) -> Session {
    Session {
        id: request_id.to_string(),
        origin_jti: app.entropy.uuid().to_string(),
        client_id: client.id.clone(),
        auth_time: now,
        expires_at: now.plus_seconds(client.settings.validity.refresh_seconds()),
        revoked_at: None,
    }
}

/// A refresh token of the session, stored by its hash in the caller's transaction.
///
/// # Errors
/// If the store fails.
pub(super) async fn new_refresh_token(
    app: &App,
    conn: &mut Conn,
    user: &User,
    session: &Session,
    now: Timestamp,
) -> Result<SecretString> {
    let claims = RefreshClaims {
        pool: user.pool_id.clone(),
        client: session.client_id.clone(),
        user: user.id.clone(),
        session: session.id.clone(),
        id: app.entropy.uuid(),
        exp: session.expires_at.millis(),
    };
    let token = tokens::seal_refresh(&app.vault, &claims)?;
    let hash = token_hash(app, &user.pool_id, &token);
    store::refresh_tokens::insert(conn, &user.pool_id, &user.id, &session.id, &hash, now).await?;
    Ok(token.into())
}

/// The hash under which a refresh token is stored.
fn token_hash(app: &App, pool_id: &str, token: &str) -> [u8; 32] {
    app.vault
        .keyed_hash(Purpose::TokenId, &[pool_id.as_bytes(), token.as_bytes()])
}

/// The hashes under which a refresh token may be stored: today's, and those of former master keys.
pub(super) fn token_hashes(app: &App, pool_id: &str, token: &str) -> Vec<[u8; 32]> {
    app.vault
        .keyed_hashes(Purpose::TokenId, &[pool_id.as_bytes(), token.as_bytes()])
}

/// Signs in: stores the session with its first refresh token in the caller's transaction, if the
/// user still has the password that was set at `password_set_at` and is not switched off.
///
/// # Errors
/// [`Failure::WrongCredentials`] if not.
pub(super) async fn open_session(
    app: &App,
    conn: &mut Conn,
    user: &User,
    password_set_at: Timestamp,
    session: &Session,
    now: Timestamp,
) -> Result<SecretString> {
    let (pool_id, user_id) = (&user.pool_id, &user.id);
    if !store::sessions::insert(conn, pool_id, user_id, password_set_at, session).await? {
        return refuse(Failure::WrongCredentials);
    }
    new_refresh_token(app, conn, user, session, now).await
}

/// Issues the ID and access tokens of a session, with the user's groups. Slow (two RSA signatures,
/// on a blocking thread): call it while no transaction is open.
///
/// # Errors
/// If the pool's keys cannot be used.
pub(super) async fn issue(
    app: &App,
    pool: &UserPool,
    client: &AppClient,
    user: &User,
    groups: &[Group],
    session: &Session,
    now: Timestamp,
) -> Result<Tokens> {
    let keys = keys::of_pool(app, &pool.id, now)
        .await?
        .ok_or_else(|| Error::Internal("a pool has no signing keys".into()))?;
    let issuer = app.issuer(&pool.region, &pool.id);
    let settings = &client.settings;
    let issue = Issue {
        pool,
        user,
        groups,
        issuer: &issuer,
        client_id: &client.id,
        revocable: settings.enable_token_revocation || settings.rotates(),
        origin_jti: &session.origin_jti,
        event_id: &session.id,
        auth_time: session.auth_time.seconds(),
        issued_at: now.seconds(),
    };
    let expires_in = settings.validity.access_seconds();
    let access = issue.access(&app.entropy.uuid().to_string(), expires_in);
    let id = issue.id(
        &app.entropy.uuid().to_string(),
        settings.validity.id_seconds(),
        |name| may_read(settings, &pool.settings.schema, name),
    );
    let (access_key, id_key) = (
        keys.signing(TokenUse::Access)?.clone(),
        keys.signing(TokenUse::Id)?.clone(),
    );
    let signed = tokio::task::spawn_blocking(move || {
        Ok::<_, crate::crypto::CryptoError>((access_key.sign_jwt(&access)?, id_key.sign_jwt(&id)?))
    })
    .await
    .map_err(|error| Error::Internal(format!("signing ended early: {error}")))?;
    let (access, id) = signed?;
    Ok(Tokens {
        access: access.into(),
        id: id.into(),
        refresh: None,
        expires_in,
    })
}

/// Who acts on its own account, by an access token.
pub struct Authorized {
    /// The pool.
    pub pool: Arc<UserPool>,
    /// The client that the token was issued to.
    pub client: Arc<AppClient>,
    /// The user.
    pub user: User,
}

/// Checks an access token: its signature, its life, its scope, and that user and session are still
/// there and not revoked (behaviour 1.6). Revocation, sign-out, disabling and deletion therefore
/// take effect on the next call.
///
/// # Errors
/// What section 1.6 of the behaviour page lists.
pub async fn authorize(app: &App, token: &SecretString, now: Timestamp) -> Result<Authorized> {
    let token = token.expose_secret();
    let fingerprint = fingerprint(token);
    let (entry, checked) = match app.verified.get(&fingerprint) {
        Some(checked) => {
            let entry = entry_of(app, &checked.claims).await?;
            let keys = keys_of(app, &entry, now).await?;
            if keys.verifying(TokenUse::Access, &checked.kid).is_none() {
                return refuse(Failure::AccessTokenSignature);
            }
            (entry, checked)
        }
        None => {
            let (entry, checked) = verify(app, token, now).await?;
            app.verified.insert(fingerprint, Arc::clone(&checked));
            (entry, checked)
        }
    };
    let claims = &checked.claims;
    if now.seconds() >= claims.exp {
        return refuse(Failure::AccessTokenExpired);
    }
    if !claims.has_user_admin_scope() {
        return refuse(Failure::AccessTokenScope);
    }
    let found =
        store::session_users::find(&app.db, &entry.pool.id, &claims.sub, &claims.event_id).await?;
    let Some(found) = found.map(Arc::unwrap_or_clone) else {
        return refuse(Failure::UserNotFound);
    };
    if !found.user.enabled {
        return refuse(Failure::UserDisabled);
    }
    if !found.live {
        return refuse(Failure::AccessTokenRevoked);
    }
    Ok(Authorized {
        pool: entry.pool,
        client: entry.client,
        user: found.user,
    })
}

/// Whether a key of the pool that the token names has signed it.
async fn verify(app: &App, token: &str, now: Timestamp) -> Result<(lookup::Entry, Arc<Checked>)> {
    let invalid = || Error::from(Failure::InvalidAccessToken);
    let claimed: AccessClaims = peek_claims(token).ok_or_else(invalid)?;
    let header = peek_header(token).ok_or_else(invalid)?;
    // Nothing is proven yet, so only what may be a client's id reaches the store.
    let id = claimed.client_id.as_bytes();
    let may_be_id = id
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(byte));
    if claimed.token_use != TokenUse::Access.as_str() || id.len() > 128 || !may_be_id {
        return Err(invalid());
    }
    let entry = entry_of(app, &claimed).await?;
    let keys = keys_of(app, &entry, now).await?;
    let Some(key) = keys.verifying(TokenUse::Access, &header.kid) else {
        return refuse(Failure::AccessTokenSignature);
    };
    let claims: AccessClaims = key.verify_jwt(token).map_err(|fault| match fault {
        TokenFault::Signature => Failure::AccessTokenSignature,
        TokenFault::Malformed => Failure::InvalidAccessToken,
    })?;
    if claims.iss != app.issuer(&entry.pool.region, &entry.pool.id) {
        return Err(invalid());
    }
    let kid = header.kid;
    Ok((entry, Arc::new(Checked { kid, claims })))
}

/// The client that the token was issued to, if there still is one.
async fn entry_of(app: &App, claims: &AccessClaims) -> Result<lookup::Entry> {
    match lookup::entry(app, &claims.client_id).await {
        Err(Error::Refused(Failure::ClientNotFound(_))) => refuse(Failure::InvalidAccessToken),
        other => other,
    }
}

async fn keys_of(app: &App, entry: &lookup::Entry, now: Timestamp) -> Result<Arc<keys::PoolKeys>> {
    keys::of_pool(app, &entry.pool.id, now)
        .await?
        .ok_or_else(|| Failure::InvalidAccessToken.into())
}
