//! Refresh tokens: exchanged for new tokens, rotated, revoked (behaviour 4.2 to 4.4).

use secrecy::{ExposeSecret, SecretString};

use super::activity;
use super::sign_in_triggers;
use super::tokens::{self, OpenedToken, RefreshClaims, Tokens};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::peek_header;
use crate::domain::app_client::{AppClient, AuthFlow};
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::time::Timestamp;
use crate::domain::user::UserStatus;
use crate::flows::auth_events::{self, Subject};
use crate::flows::devices::sign_in;
use crate::flows::lookup::{self, ClientContext};
use crate::flows::{Error, Result, refuse, retry, session_tracking};
use crate::store;
use crate::triggers::pre_token_generation::Source;

/// How the client that refreshes proves that it has the secret.
pub enum Proof<'a> {
    /// GetTokensFromRefreshToken: the client's secret itself.
    Secret(Option<&'a str>),
    /// The token endpoint: the client has authenticated, and need not allow a flow of the JSON API.
    Authenticated,
    /// REFRESH_TOKEN_AUTH: the hash of the secret and the username (behaviour 5.3).
    Hash(Option<&'a str>),
}

/// New ID and access tokens for a refresh token, and where the client rotates them a new refresh
/// token, which replaces this one. A token that is used again when the grace period is over ends its
/// session, and with it all tokens that descend from the same sign-in (`docs/adr/0029`). `device_key` names the
/// device, where the session was opened from one.
///
/// # Errors
/// What behaviour 4.3, 4.4 and 5.3 list, and those of a trigger.
pub async fn refresh(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    token: &SecretString,
    proof: &Proof<'_>,
    device_key: Option<&str>,
) -> Result<Tokens> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let rotates = client.settings.rotates();
    match proof {
        Proof::Authenticated => {}
        Proof::Secret(secret) => {
            lookup::check_client_secret(app, client, *secret)?;
            if !rotates && !client.settings.allows(AuthFlow::RefreshToken) {
                return refuse(Failure::FlowNotEnabled(AuthFlow::RefreshToken));
            }
        }
        Proof::Hash(hash) => {
            if rotates || !client.settings.allows(AuthFlow::RefreshToken) {
                return refuse(Failure::FlowNotEnabled(AuthFlow::RefreshToken));
            }
            if hash.is_none() && client.is_confidential() {
                return refuse(Failure::SecretHashMissing(client.id.clone()));
            }
        }
    }
    let opened = open_token(app, context, client_context, token).await?;
    let (mut grant, hash, replacement) = find_stored(app, context, client, &opened, proof).await?;
    if is_reuse(app, client, replacement) {
        return refuse_reuse(app, context, client, &grant).await;
    }
    if grant.user.status == UserStatus::ForceChangePassword {
        return refuse(Failure::RefreshTokenRevoked);
    }
    sign_in::check_refresh(app, pool, &grant.user.id, &grant.session, device_key).await?;
    let source = Source::RefreshTokens;
    grant.overrides = sign_in_triggers::overrides(app, context, pool, &grant, source).await?;
    let mut issued = tokens::issue(app, context, pool, client, &grant).await?;
    let is_tracked = pool.settings.session_tracking().enabled;
    if !rotates {
        if is_tracked {
            let mut conn = app.db.write().await?;
            activity::refreshed(context, &mut conn, client_context, &grant).await?;
        }
        return Ok(issued);
    }
    let (user, session) = (&grant.user, &grant.session);
    let mut tx = app.db.begin().await?;
    if !store::refresh_tokens::replace(&mut tx, &pool.id, &user.id, &hash, context.now).await? {
        let known = store::refresh_tokens::replaced_at(&mut tx, &pool.id, &user.id, &hash).await?;
        if is_reuse(app, client, Replacement::of(known)) {
            drop(tx);
            return refuse_reuse(app, context, client, &grant).await;
        }
        let most = app.config.tokens.successors_within_grace;
        if !store::refresh_tokens::replace_again(&mut tx, &pool.id, &user.id, &hash, most).await? {
            return refuse(Failure::RefreshTokenReused);
        }
    }
    issued.refresh = Some(tokens::new_refresh_token(app, context, &mut tx, &grant).await?);
    // A session that was revoked while this ran must not live on in a new token.
    if !store::sessions::is_live(&mut tx, &pool.id, &user.id, &session.id).await? {
        return refuse(Failure::RefreshTokenRevoked);
    }
    if is_tracked {
        activity::refreshed(context, &mut tx, client_context, &grant).await?;
    }
    tx.commit().await?;
    Ok(issued)
}

async fn open_token(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    token: &SecretString,
) -> Result<OpenedToken> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let opened = tokens::open_refresh_token(app, context, &pool.id, token).await?;
    let of_client =
        |opened: &OpenedToken| opened.claims.pool == pool.id && opened.claims.client == client.id;
    let opened = opened.filter(of_client);
    opened.ok_or_else(|| Failure::InvalidRefreshToken.into())
}

/// Whether another refresh token has taken a token's place.
#[derive(Clone, Copy)]
enum Replacement {
    /// None has.
    None,
    /// One has, first at this time.
    Since(Timestamp),
    /// One has, so long ago that its row is deleted: of a session that goes on, no other row ever is.
    Purged,
}

impl Replacement {
    /// What [`store::refresh_tokens::replaced_at`] has found.
    fn of(stored: Option<Option<Timestamp>>) -> Self {
        match stored {
            None => Self::Purged,
            Some(None) => Self::None,
            Some(Some(at)) => Self::Since(at),
        }
    }
}

/// Whether using a token now is using it again after the client's grace period, which is none where the
/// client does not rotate (any more).
fn is_reuse(app: &App, client: &AppClient, replacement: Replacement) -> bool {
    match replacement {
        Replacement::None => false,
        Replacement::Purged => true,
        Replacement::Since(replaced_at) => {
            // By the clock as it is now: this request may have come before the one that won.
            let elapsed = app.clock.now().millis_since(replaced_at).max(0);
            let rotation = client.settings.rotation.filter(|rotation| rotation.enabled);
            let grace = rotation.map_or(0, |rotation| rotation.grace_seconds);
            elapsed >= i64::from(grace) * 1000
        }
    }
}

/// Refuses a refresh token that is used again, and ends its session: somebody has a copy of it, and nobody
/// knows whether the one who comes second is the thief.
///
/// # Errors
/// Always: [`Failure::RefreshTokenReused`].
async fn refuse_reuse<T>(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    grant: &Grant,
) -> Result<T> {
    let (user, session) = (&grant.user, &grant.session);
    let mut tx = app.db.begin().await?;
    store::sessions::revoke(&mut tx, &user.pool_id, &user.id, &session.id, context.now).await?;
    let of = (Subject::user(&user.pool_id, &user.id), Some(client));
    let what = (EventKind::Revocation, Outcome::Pass);
    auth_events::record(app, context, &mut tx, of, what).await?;
    tx.commit().await?;
    tracing::warn!(
        pool_id = user.pool_id,
        session_id = session.id,
        "a refresh token was used again, so its session has ended"
    );
    refuse(Failure::RefreshTokenReused)
}

/// The grant that the token stands for, the hash under which the token is stored, and whether another has
/// replaced it.
async fn find_stored(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    opened: &OpenedToken,
    proof: &Proof<'_>,
) -> Result<(Grant, [u8; 32], Replacement)> {
    let claims = &opened.claims;
    let (pool_id, user_id, session_id) = (&claims.pool, &claims.user, &claims.session);
    let mut hashes = opened.hashes.iter().copied();
    let mut hash = hashes.next().unwrap_or_default();
    let mut conn = app.db.read().await?;
    let found = store::refresh_tokens::find(&mut conn, pool_id, user_id, session_id, &hash).await?;
    let Some(found) = found else {
        return refuse(Failure::UserNotFound);
    };
    if !found.user.enabled {
        return refuse(Failure::UserDisabled);
    }
    if Timestamp::from_millis(claims.exp) <= context.now {
        return refuse(Failure::RefreshTokenExpired);
    }
    let Some(session) = found.session else {
        return refuse(Failure::InvalidRefreshToken);
    };
    if session.revoked_at.is_some() {
        return refuse(Failure::RefreshTokenRevoked);
    }
    if let Proof::Hash(given) = proof {
        let checked = lookup::check_secret_hash(app, client, &found.user.username, *given);
        checked.map_err(|error| match error {
            Error::Refused(Failure::SecretHashWrong(id)) => {
                Failure::RefreshSecretHashWrong(id).into()
            }
            other @ (Error::Refused(_) | Error::Busy | Error::Stale | Error::Internal(_)) => other,
        })?;
    }
    let mut known = found.token;
    while known.is_none()
        && let Some(former) = hashes.next()
    {
        hash = former;
        known = store::refresh_tokens::replaced_at(&mut conn, pool_id, user_id, &hash).await?;
    }
    if opened.is_foreign && known.is_none() {
        return refuse(Failure::InvalidRefreshToken);
    }
    let grant = Grant {
        user: found.user,
        groups: found.groups,
        session,
        new_device: None,
        overrides: ClaimOverrides::default(),
        origin_id: None,
    };
    Ok((grant, hash, Replacement::of(known)))
}

/// Whether a refresh token is stored under one of its hashes.
async fn is_stored(app: &App, opened: &OpenedToken) -> Result<bool> {
    let claims = &opened.claims;
    let mut conn = app.db.read().await?;
    for hash in &opened.hashes {
        let (pool_id, user_id) = (&claims.pool, &claims.user);
        let found = store::refresh_tokens::replaced_at(&mut conn, pool_id, user_id, hash).await?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// RevokeToken: ends the session of a refresh token; `with_linked`, those as well that are joined to it by the browser's
/// sign-in that it comes from, and that too (administration 10.1). An unknown or ended one is no error (RFC 7009,
/// behaviour 4.3).
///
/// # Errors
/// [`Failure::ClientNotFound`], [`Failure::SecretMissing`], [`Failure::SecretHashWrong`],
/// [`Failure::RevocationDisabled`],
/// [`Failure::UnsupportedTokenType`] for another kind of token, [`Failure::TokenOfAnotherClient`].
pub async fn revoke(
    app: &App,
    context: &RequestContext,
    client_id: &str,
    client_secret: Option<&str>,
    token: &SecretString,
    with_linked: bool,
) -> Result<()> {
    let client_context = lookup::client_context(app, client_id).await?;
    lookup::check_client_secret(app, &client_context.client, client_secret)?;
    revoke_by(app, context, &client_context, token, with_linked).await
}

/// The same by a client that has authenticated.
///
/// # Errors
/// As [`revoke`], but for those of the client.
pub async fn revoke_by(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    token: &SecretString,
    with_linked: bool,
) -> Result<()> {
    if !client_context.client.settings.enable_token_revocation {
        return refuse(Failure::RevocationDisabled);
    }
    let pool_id = &client_context.pool.id;
    let opened = tokens::open_refresh_token(app, context, pool_id, token).await?;
    let Some(opened) = opened else {
        let token = token.expose_secret();
        let is_jwt = token.split('.').count() == 3 && peek_header(token).is_some();
        return if is_jwt {
            refuse(Failure::UnsupportedTokenType)
        } else {
            Ok(())
        };
    };
    let claims = &opened.claims;
    if claims.pool != client_context.pool.id || claims.client != client_context.client.id {
        return refuse(Failure::TokenOfAnotherClient);
    }
    if opened.is_foreign && !is_stored(app, &opened).await? {
        return Ok(());
    }
    retry!(try_revoke(
        app,
        context,
        client_context,
        claims,
        with_linked
    ))
}

async fn try_revoke(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    claims: &RefreshClaims,
    with_linked: bool,
) -> Result<()> {
    let user = (claims.pool.as_str(), claims.user.as_str());
    let (session, now) = (claims.session.as_str(), context.now);
    let mut tx = app.db.begin().await?;
    let linked =
        with_linked && session_tracking::end_linked_to(context, &mut tx, user, session).await?;
    let revoked = store::sessions::revoke(&mut tx, user.0, user.1, session, now).await?;
    if linked || revoked {
        let client = client_context.client.as_ref();
        let of = (Subject::user(user.0, user.1), Some(client));
        let what = (EventKind::Revocation, Outcome::Pass);
        auth_events::record(app, context, &mut tx, of, what).await?;
    }
    Ok(tx.commit().await?)
}
