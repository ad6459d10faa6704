//! Refresh tokens: exchanged for new tokens, rotated, revoked (behaviour 4.2 to 4.4).

use secrecy::{ExposeSecret, SecretString};

use super::tokens::{self, RefreshClaims, Tokens};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::peek_header;
use crate::crypto::tokens::open_refresh;
use crate::domain::app_client::{AppClient, AuthFlow};
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::time::Timestamp;
use crate::flows::lookup::{self, ClientContext};
use crate::flows::{Error, Result, refuse};
use crate::store;

/// How the client that refreshes proves that it has the secret.
pub enum Proof<'a> {
    /// GetTokensFromRefreshToken: the client's secret itself.
    Secret(Option<&'a str>),
    /// REFRESH_TOKEN_AUTH: the hash of the secret and the username (behaviour 5.3).
    Hash(Option<&'a str>),
}

/// New ID and access tokens for a refresh token, and where the client rotates them a new refresh
/// token, which replaces this one.
///
/// # Errors
/// What behaviour 4.3, 4.4 and 5.3 list.
pub async fn refresh(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    token: &SecretString,
    proof: &Proof<'_>,
) -> Result<Tokens> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let rotates = client.settings.rotates();
    match proof {
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
            if hash.is_none() && client.sealed_secret.is_some() {
                return refuse(Failure::SecretHashMissing(client.id.clone()));
            }
        }
    }
    let claims = open_token(app, client_context, token)?;
    let StoredRefreshToken {
        grant,
        hash,
        replaced_at,
    } = find_stored(app, context, client, &claims, token, proof).await?;
    if !rotates {
        if replaced_at.is_some() {
            // The token was replaced at a time when the client had rotation enabled.
            return refuse(Failure::RefreshTokenReused);
        }
        return tokens::issue(app, context, pool, client, &grant).await;
    }
    let (user, session) = (&grant.user, &grant.session);
    let mut issued = tokens::issue(app, context, pool, client, &grant).await?;
    let mut tx = app.db.begin().await?;
    if !store::refresh_tokens::replace(&mut tx, &pool.id, &user.id, &hash, context.now).await? {
        let known = store::refresh_tokens::replaced_at(&mut tx, &pool.id, &user.id, &hash).await?;
        let Some(replaced_at) = known.flatten() else {
            return refuse(Failure::InvalidRefreshToken);
        };
        // By the clock as it is now: this request may have come before the one that won.
        let elapsed = app.clock.now().millis_since(replaced_at).max(0);
        let grace = client
            .settings
            .rotation
            .map_or(0, |rotation| rotation.grace_seconds);
        if elapsed >= i64::from(grace) * 1000 {
            return refuse(Failure::RefreshTokenReused);
        }
    }
    issued.refresh = Some(tokens::new_refresh_token(app, context, &mut tx, &grant).await?);
    // A session that was revoked while this ran must not live on in a new token.
    if !store::sessions::is_live(&mut tx, &pool.id, &user.id, &session.id).await? {
        return refuse(Failure::RefreshTokenRevoked);
    }
    tx.commit().await?;
    Ok(issued)
}

fn open_token(
    app: &App,
    client_context: &ClientContext,
    token: &SecretString,
) -> Result<RefreshClaims> {
    let claims =
        open_refresh::<RefreshClaims>(&app.vault, token.expose_secret()).filter(|claims| {
            claims.pool == client_context.pool.id && claims.client == client_context.client.id
        });
    claims.ok_or_else(|| Failure::InvalidRefreshToken.into())
}

/// A refresh token that is stored, with the grant that it stands for.
struct StoredRefreshToken {
    grant: Grant,
    /// The hash under which it is stored.
    hash: [u8; 32],
    replaced_at: Option<Timestamp>,
}

async fn find_stored(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    claims: &RefreshClaims,
    token: &SecretString,
    proof: &Proof<'_>,
) -> Result<StoredRefreshToken> {
    let (pool_id, user_id, session_id) = (&claims.pool, &claims.user, &claims.session);
    let mut hashes = tokens::token_hashes(app, pool_id, token.expose_secret()).into_iter();
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
    while known.is_none() {
        let Some(former) = hashes.next() else {
            return refuse(Failure::InvalidRefreshToken);
        };
        hash = former;
        known = store::refresh_tokens::replaced_at(&mut conn, pool_id, user_id, &hash).await?;
    }
    Ok(StoredRefreshToken {
        grant: Grant {
            user: found.user,
            groups: found.groups,
            session,
            overrides: ClaimOverrides::default(),
        },
        hash,
        replaced_at: known.flatten(),
    })
}

/// RevokeToken: ends the session of a refresh token. An unknown or ended one is no error (RFC 7009,
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
) -> Result<()> {
    let client_context = lookup::client_context(app, client_id).await?;
    lookup::check_client_secret(app, &client_context.client, client_secret)?;
    if !client_context.client.settings.enable_token_revocation {
        return refuse(Failure::RevocationDisabled);
    }
    let token = token.expose_secret();
    let Some(claims) = open_refresh::<RefreshClaims>(&app.vault, token) else {
        let is_jwt = token.split('.').count() == 3 && peek_header(token).is_some();
        return if is_jwt {
            refuse(Failure::UnsupportedTokenType)
        } else {
            Ok(())
        };
    };
    if claims.pool != client_context.pool.id || claims.client != client_context.client.id {
        return refuse(Failure::TokenOfAnotherClient);
    }
    let mut conn = app.db.write().await?;
    store::sessions::revoke(
        &mut conn,
        &claims.pool,
        &claims.user,
        &claims.session,
        context.now,
    )
    .await?;
    Ok(())
}
