//! Authorization codes: given, and exchanged for tokens (domain 2.2, 3.2, 3.5).

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{OAuthError, Result, grants, refused_as};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::crypto::oauth::is_code_verifier;
use crate::domain::app_client::AppClient;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::authorization_code::{AuthorizationCode, CodeBinding, LIFE_SECONDS};
use crate::domain::failure::Failure;
use crate::domain::oauth_fault::OAuthFault;
use crate::domain::oauth_scopes::needed_attributes;
use crate::domain::oauth_settings::OAuthFlow;
use crate::domain::permissions::may_read;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::tokens::{self, Tokens};
use crate::flows::browser_sessions;
use crate::flows::lookup::ClientContext;
use crate::flows::{self, Error};
use crate::store;

/// How many codes of a user are stored, used up or not: a browser that is signed in gets as many as it asks for.
const MOST_CODES: i64 = 50;
/// The longest text that is looked up as a code.
const MAX_CODE_LENGTH: usize = 128;

fn parts<'a>(pool_id: &'a str, code: &'a SecretString) -> [&'a [u8]; 3] {
    [
        b"authorization code",
        pool_id.as_bytes(),
        code.expose_secret().as_bytes(),
    ]
}

/// A new code for the client, of the user who is signed in at the browser, bound to `binding`; `None` if the sign-in has
/// ended meanwhile.
///
/// # Errors
/// If the store fails.
pub(super) async fn give(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    (user, token_hash): (&User, &[u8; 32]),
    binding: CodeBinding,
) -> flows::Result<Option<SecretString>> {
    // It has the form of a UUID, and more random bits than one: RFC 6749 asks for 128 (10.10).
    let code = SecretString::from(Uuid::from_bytes(app.entropy.bytes()).to_string());
    let parts = parts(&client.pool_id, &code);
    let hash = app.vault.keyed_hash(KeyPurpose::TokenId, &parts);
    let stored = AuthorizationCode {
        user_id: user.id.clone(),
        client_id: client.id.clone(),
        binding,
        expires_at: context.now.plus_seconds(LIFE_SECONDS),
        is_used: false,
        session_id: None,
    };
    let (pool_id, user_id) = (&client.pool_id, &user.id);
    let mut tx = app.db.begin().await?;
    if !browser_sessions::lock(context, &mut tx, client, token_hash).await? {
        return Ok(None);
    }
    store::authorization_codes::insert(&mut tx, pool_id, &hash, &stored).await?;
    store::authorization_codes::forget_oldest(&mut tx, pool_id, user_id, MOST_CODES).await?;
    tx.commit().await?;
    Ok(Some(code))
}

/// What a request exchanges.
pub struct Exchange<'a> {
    /// The code.
    pub code: &'a SecretString,
    /// The address that it was sent to.
    pub redirect_uri: &'a str,
    /// The proof of PKCE.
    pub verifier: Option<&'a SecretString>,
}

/// Exchanges a code for tokens. A code that is used again ends the session of the tokens that it was exchanged for:
/// two have it, and nobody knows which of them may.
///
/// # Errors
/// What domain 3.4 lists, and those of a trigger.
pub async fn exchange(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    request: &Exchange<'_>,
) -> Result<Tokens> {
    let (pool, client) = (&client_context.pool, client_context.client.as_ref());
    let oauth = &client.settings.oauth;
    let flows = oauth.flows.as_deref().unwrap_or_default();
    if !oauth.enabled || !flows.contains(&OAuthFlow::Code) {
        return Err(OAuthFault::UnauthorizedClient.into());
    }
    let (hash, stored) = find(app, &pool.id, request.code).await?;
    if stored.client_id != client.id {
        return Err(OAuthFault::InvalidGrant.into());
    }
    if stored.is_used {
        return refuse_reuse(app, context, client, &stored).await;
    }
    if stored.expires_at <= context.now {
        return Err(OAuthFault::InvalidGrant.into());
    }
    let binding = &stored.binding;
    if binding.redirect_uri != request.redirect_uri {
        return Err(OAuthFault::InvalidRedirect.into());
    }
    let verifier = request.verifier.map(ExposeSecret::expose_secret);
    let is_proven = match (&binding.challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => is_code_verifier(challenge, verifier),
        // A verifier that nobody asked for: somebody has taken the challenge away (RFC 9700, 2.1.1).
        (None, Some(_)) | (Some(_), None) => false,
    };
    if !is_proven {
        // Whoever has the code and not the proof gets no second try.
        let mut conn = app.db.write().await?;
        store::authorization_codes::use_up(&mut conn, &pool.id, &hash, None, context.now).await?;
        return Err(OAuthFault::InvalidRequest.into());
    }
    let user = user_of(app, client_context, &stored).await?;
    let seconds = client.settings.validity.refresh_seconds();
    let grant = grants::of_binding(app, context, client_context, user, binding, seconds).await?;
    let mut issued = tokens::issue(app, context, pool, client, &grant).await?;
    let session_id = Some(grant.session.id.as_str());
    let mut tx = app.db.begin().await?;
    let used = store::authorization_codes::use_up;
    if !used(&mut tx, &pool.id, &hash, session_id, context.now).await? {
        drop(tx);
        let (_, stored) = find(app, &pool.id, request.code).await?;
        return refuse_reuse(app, context, client, &stored).await;
    }
    let opened = tokens::store_session(app, context, &mut tx, client_context, &grant).await;
    refused_as(opened, OAuthFault::InvalidGrant)?;
    issued.refresh = Some(tokens::new_refresh_token(app, context, &mut tx, &grant).await?);
    tx.commit().await?;
    Ok(issued)
}

/// Whether the client may read what its tokens have to show for these scopes.
pub(super) fn may_read_scopes(pool: &UserPool, client: &AppClient, scopes: &[String]) -> bool {
    let schema = &pool.settings.schema;
    needed_attributes(scopes).all(|attribute| may_read(&client.settings, schema, attribute))
}

/// The code as it is stored, and the hash that it is stored under.
async fn find(
    app: &App,
    pool_id: &str,
    code: &SecretString,
) -> Result<([u8; 32], AuthorizationCode)> {
    if code.expose_secret().len() <= MAX_CODE_LENGTH {
        let parts = parts(pool_id, code);
        let mut conn = app.db.read().await?;
        for hash in app.vault.keyed_hashes(KeyPurpose::TokenId, &parts) {
            let found = store::authorization_codes::find(&mut conn, pool_id, &hash).await?;
            if let Some(found) = found {
                return Ok((hash, found));
            }
        }
    }
    Err(OAuthFault::InvalidGrant.into())
}

/// The user of a code, who is still as it was when the code was given.
async fn user_of(
    app: &App,
    client_context: &ClientContext,
    stored: &AuthorizationCode,
) -> Result<User> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let mut conn = app.db.read().await?;
    let found = store::users::find(&mut conn, &pool.id, &stored.user_id).await?;
    let binding = &stored.binding;
    let is_same =
        |user: &User| user.enabled && user.credentials_version == binding.credentials_version;
    let has_rights = may_read_scopes(pool, client, &binding.scopes);
    let user = found.filter(|user| is_same(user) && has_rights);
    user.ok_or(OAuthError::Refused(OAuthFault::InvalidGrant))
}

/// Refuses a code that is used again, and ends the session that it was exchanged for.
async fn refuse_reuse<T>(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    stored: &AuthorizationCode,
) -> Result<T> {
    let (pool_id, user_id) = (&client.pool_id, &stored.user_id);
    if let Some(session_id) = &stored.session_id {
        let mut tx = app.db.begin().await?;
        let now = context.now;
        if store::sessions::revoke(&mut tx, pool_id, user_id, session_id, now).await? {
            let of = (Subject::user(pool_id, user_id), Some(client));
            let what = (EventKind::Revocation, Outcome::Pass);
            auth_events::record(app, context, &mut tx, of, what).await?;
            tracing::warn!(
                pool_id,
                session_id,
                "an authorization code was used again, so the session that it had opened has ended"
            );
        }
        tx.commit().await?;
    }
    Err(OAuthFault::InvalidGrant.into())
}

/// What a refusal of the flows that the JSON API has too is at the token endpoint: a refused token. A trigger's
/// refusal, and that of a limit, stay what they are.
pub(super) fn as_grant_fault(error: Error) -> OAuthError {
    match error {
        Error::Refused(
            failure @ (Failure::TriggerRefused(..)
            | Failure::TriggerFailed(..)
            | Failure::TriggerAnswerInvalid(_)
            | Failure::TooManyRequests),
        ) => OAuthError::Flow(failure.into()),
        Error::Refused(_) => OAuthFault::InvalidGrant.into(),
        other @ (Error::Busy | Error::Stale | Error::Internal(_)) => OAuthError::Flow(other),
    }
}
