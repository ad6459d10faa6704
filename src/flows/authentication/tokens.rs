//! Tokens: issued at sign-in and refresh, and verified when a user acts on its own account.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::activity;
use crate::app::App;
use crate::cache::PoolKeys;
use crate::context::RequestContext;
use crate::crypto::oauth::access_token_hash;
use crate::crypto::tokens::{open_foreign_refresh, open_refresh};
use crate::crypto::{CryptoError, KeyPurpose, SigningKey, tokens};
use crate::domain::app_client::AppClient;
use crate::domain::auth_event::{Outcome, right_answers};
use crate::domain::claims::TokenClaims;
use crate::domain::device::DeviceKeys;
use crate::domain::failure::Failure;
use crate::domain::grant::Grant;
use crate::domain::permissions::may_read;
use crate::domain::session::Session;
use crate::domain::sign_in::Proven;
use crate::domain::time::Timestamp;
use crate::domain::user_pool::{TokenUse, UserPool};
use crate::flows::auth_events::{self, Subject};
use crate::flows::devices::sign_in;
use crate::flows::lookup::ClientContext;
use crate::flows::notices::{self, Notices};
use crate::flows::{Error, Result, imported_token_keys, refuse, signing_keys};
use crate::store::{self, Conn};

/// Tokens as a client gets them.
pub struct Tokens {
    /// The access token.
    pub access: SecretString,
    /// The ID token; `None` where the session was opened through OAuth without the scope `openid`.
    pub id: Option<SecretString>,
    /// A refresh token, where a new one was issued.
    pub refresh: Option<SecretString>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// The keys of a new device.
    pub new_device: Option<DeviceKeys>,
}

/// A single token that no sign-in issues.
pub struct IssuedToken {
    /// The token.
    pub token: SecretString,
    /// Seconds that it lives.
    pub lifetime: i64,
    /// The scopes that were granted; an ID token does not carry them.
    pub scopes: Vec<String>,
}

/// The claims of a refresh token. They are sealed, so that only the server reads them.
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
    /// A random id, which makes the token different from all others of the session.
    pub id: Uuid,
    /// The end of its life, in milliseconds.
    pub exp: i64,
}

/// A new session at the client, which begins now under the request's id. It ends with its refresh
/// tokens. `device_key` is that of the device that the user signs in from.
pub(super) fn new_session(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    proven: Proven,
    device_key: Option<String>,
) -> Session {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let factors = proven.factors();
    let reached = proven.step_up.and_then(|step_up| step_up.reached(factors));
    Session {
        id: context.request_id.to_string(),
        origin_jti: app.entropy.uuid().to_string(),
        client_id: client.id.clone(),
        auth_time: context.now,
        expires_at: context
            .now
            .plus_seconds(client.settings.validity.refresh_seconds()),
        revoked_at: None,
        scopes: Session::api_scopes(),
        method: proven.method,
        factors,
        acr: reached.map(|level| pool.settings.acr_values.of(level).to_owned()),
        second_factor: proven.has_two_factors(),
        device_key,
        nonce: None,
        oauth: None,
    }
}

/// A refresh token of the session, stored by its hash in the caller's transaction.
///
/// # Errors
/// If the store fails.
pub(in crate::flows) async fn new_refresh_token(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    grant: &Grant,
) -> Result<SecretString> {
    let Grant { user, session, .. } = grant;
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
    let (pool_id, user_id) = (&user.pool_id, &user.id);
    store::refresh_tokens::insert(conn, pool_id, user_id, &session.id, &hash, context.now).await?;
    Ok(token.into())
}

/// The hash under which a refresh token is stored.
fn token_hash(app: &App, pool_id: &str, token: &str) -> [u8; 32] {
    app.vault
        .keyed_hash(KeyPurpose::TokenId, &[pool_id.as_bytes(), token.as_bytes()])
}

/// A refresh token that was opened.
pub(super) struct OpenedToken {
    /// What it says.
    pub claims: RefreshClaims,
    /// The hashes under which it may be stored: by the current master key, and by former ones, or by those of the
    /// server that the pool was exported from.
    pub hashes: Vec<[u8; 32]>,
    /// Whether it was issued by that server, or made by whoever has that server's keys: then it counts only as long as
    /// it is stored.
    pub is_foreign: bool,
}

/// Opens a refresh token that was shown to the pool: this server has issued it, or the one that the pool was exported
/// from. `None` if neither has.
///
/// # Errors
/// If the store fails.
pub(super) async fn open_refresh_token(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    token: &SecretString,
) -> Result<Option<OpenedToken>> {
    let token = token.expose_secret();
    if let Some(claims) = open_refresh::<RefreshClaims>(&app.vault, token) {
        let parts = [claims.pool.as_bytes(), token.as_bytes()];
        let hashes = app.vault.keyed_hashes(KeyPurpose::TokenId, &parts);
        return Ok(Some(OpenedToken {
            claims,
            hashes,
            is_foreign: false,
        }));
    }
    let keys = imported_token_keys::of_pool(app, pool_id, context.now).await?;
    let opened = open_foreign_refresh::<RefreshClaims>(&keys, token);
    // The keys of a server open the tokens of all its pools, of which only this one has come along.
    let opened = opened.filter(|claims| claims.pool == pool_id);
    Ok(opened.map(|claims| {
        let parts = [claims.pool.as_bytes(), token.as_bytes()];
        let hashes = keys.iter().map(|keys| keys.token_id_hash(&parts)).collect();
        OpenedToken {
            claims,
            hashes,
            is_foreign: true,
        }
    }))
}

/// Signs in: stores the grant's session with its first refresh token in the caller's transaction, if
/// the user is not disabled and its credentials version is still the one in the grant. Beyond the most
/// sessions that a user may have, the oldest end. `proven` is what the sign-in is recorded with. Returns the refresh
/// token, and what the user is told of the device.
///
/// # Errors
/// [`Failure::WrongCredentials`] if not; [`Failure::DeviceNotFound`] if the device was forgotten meanwhile.
pub(super) async fn open_session(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    client_context: &ClientContext,
    grant: &Grant,
    proven: Proven,
) -> Result<(SecretString, Notices)> {
    let user = &grant.user;
    store_session(app, context, conn, client_context, grant).await?;
    let of = (
        Subject::user(&user.pool_id, &user.id),
        Some(client_context.client.as_ref()),
    );
    let answers = right_answers(proven);
    auth_events::record_sign_in(app, context, conn, of, Outcome::Pass, answers).await?;
    let refresh = new_refresh_token(app, context, conn, grant).await?;
    let notices = notices::signed_in(app, context, conn, client_context, user).await?;
    Ok((refresh, notices))
}

/// Stores the grant's session in the caller's transaction, if the user is not disabled and its credentials version is
/// still the one in the grant. Beyond the most sessions that a user may have, the oldest end.
///
/// # Errors
/// [`Failure::WrongCredentials`] if not; [`Failure::DeviceNotFound`] if the device was forgotten meanwhile.
pub(in crate::flows) async fn store_session(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    client_context: &ClientContext,
    grant: &Grant,
) -> Result<()> {
    let Grant { user, session, .. } = grant;
    let version = user.credentials_version;
    let most = app.config.tokens.max_sessions_per_user;
    let (insert, now) = (store::sessions::insert, context.now);
    if !insert(conn, &user.pool_id, &user.id, version, session, most, now).await? {
        return refuse(Failure::WrongCredentials);
    }
    if let (Some(key), None) = (&session.device_key, &grant.new_device) {
        let client = &client_context.client;
        sign_in::record(context, conn, client, &user.id, session, key).await?;
    }
    activity::begin(app, context, conn, client_context, grant).await
}

/// Issues the ID and access tokens of a grant. Slow (two RSA signatures, on a blocking thread): to be
/// called while no transaction is open, and not inside anything that is tried again.
///
/// # Errors
/// If the pool's keys cannot be used.
pub(in crate::flows) async fn issue(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    client: &AppClient,
    grant: &Grant,
) -> Result<Tokens> {
    let keys = keys_of(app, context, pool).await?;
    let issuer = app.issuer(&pool.region, &pool.id);
    let settings = &client.settings;
    let claims = TokenClaims {
        grant,
        pool,
        issuer: &issuer,
        revocable: settings.enable_token_revocation || settings.rotates(),
        issued_at: context.now.seconds(),
    };
    let expires_in = settings.validity.access_seconds();
    let access = claims.access(&app.entropy.uuid().to_string(), expires_in);
    let session = &grant.session;
    let id = session.has_id_tokens().then(|| {
        claims.id(
            &app.entropy.uuid().to_string(),
            settings.validity.id_seconds(),
            |name| may_read(settings, &pool.settings.schema, name),
        )
    });
    let (access_key, id_key) = (
        signing_key(&keys, TokenUse::Access, context.now)?,
        signing_key(&keys, TokenUse::Id, context.now)?,
    );
    let has_access_hash = session.oauth.is_some();
    let sign = move || {
        let access = access_key.sign_jwt(&access)?;
        let id = id.map(|mut id| {
            if has_access_hash {
                id.insert("at_hash".into(), access_token_hash(&access).into());
            }
            id_key.sign_jwt(&id)
        });
        Ok((access, id.transpose()?))
    };
    let (access, id) = signed(sign).await?;
    Ok(Tokens {
        access: access.into(),
        id: id.map(SecretString::from),
        refresh: None,
        expires_in,
        new_device: grant.new_device.clone(),
    })
}

/// Signs the claims of a single token. As slow as half of [`issue`], and to be called as that is.
///
/// # Errors
/// If the pool's keys cannot be used.
pub(in crate::flows) async fn sign(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    token_use: TokenUse,
    claims: Map<String, Value>,
) -> Result<SecretString> {
    let keys = keys_of(app, context, pool).await?;
    let key = signing_key(&keys, token_use, context.now)?;
    Ok(signed(move || key.sign_jwt(&claims)).await?.into())
}

/// What `sign` returns, which runs on a blocking thread.
async fn signed<T: Send + 'static>(
    sign: impl FnOnce() -> std::result::Result<T, CryptoError> + Send + 'static,
) -> Result<T> {
    let signed = tokio::task::spawn_blocking(sign).await.map_err(|error| {
        Error::Internal(anyhow::Error::new(error).context("signing ended early"))
    })?;
    Ok(signed?)
}

/// The pool's keys, which every pool has.
///
/// # Errors
/// If they cannot be used.
pub(super) async fn keys_of(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
) -> Result<Arc<PoolKeys>> {
    signing_keys::of_pool(app, &pool.id, context.now)
        .await?
        .ok_or_else(|| Error::internal("a pool has no signing keys"))
}

fn signing_key(keys: &PoolKeys, token_use: TokenUse, now: Timestamp) -> Result<SigningKey> {
    keys.signing(token_use, now)
        .cloned()
        .ok_or_else(|| Error::internal("a pool has no signing key"))
}
