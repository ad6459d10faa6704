//! Authorising a call that a user makes on its own account, by the access token it presents
//! (behaviour 1.6).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::cache::{PoolKeys, VerifiedToken};
use crate::context::RequestContext;
use crate::crypto::{TokenFault, fingerprint, peek_claims, peek_header};
use crate::domain::app_client::AppClient;
use crate::domain::claims::AccessClaims;
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::{TokenUse, UserPool};
use crate::flows::{Error, Result, lookup, refuse, signing_keys};
use crate::store;

/// The user that calls an operation on its own account, as its valid access token names it.
pub struct Authorized {
    /// The pool.
    pub pool: Arc<UserPool>,
    /// The client that the token was issued to.
    pub client: Arc<AppClient>,
    /// The user.
    pub user: User,
    /// The session that the token belongs to.
    pub session_id: String,
}

/// What an access token has to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A call of the JSON API on the user's own account.
    SelfService,
    /// The userInfo endpoint.
    UserInfo,
}

impl Purpose {
    /// # Errors
    /// [`Failure::AccessTokenScope`] if the token lacks the scope, [`Failure::InvalidAccessToken`] if it is for another
    /// service.
    fn check(self, claims: &AccessClaims) -> std::result::Result<(), Failure> {
        let has_scope = match self {
            Self::SelfService if claims.is_for_another_audience() => {
                return Err(Failure::InvalidAccessToken);
            }
            Self::SelfService => claims.has_user_admin_scope(),
            Self::UserInfo => claims.has_openid_scope(),
        };
        if has_scope {
            Ok(())
        } else {
            Err(Failure::AccessTokenScope)
        }
    }
}

/// What an access token says, and whom it authorises.
pub struct AuthorizedToken {
    /// The user, and what it was found with.
    pub authorized: Authorized,
    /// The token's scopes.
    pub scopes: Vec<String>,
}

/// [`authorize_for`] a call of the JSON API.
///
/// # Errors
/// What behaviour 1.6 lists.
pub async fn authorize(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
) -> Result<Authorized> {
    let authorized = authorize_for(app, context, token, Purpose::SelfService).await?;
    Ok(authorized.authorized)
}

/// Checks an access token: its signature, its life, its scope, and that user and session are still
/// there and not revoked (behaviour 1.6). Revocation, sign-out, disabling and deletion therefore
/// take effect on the next call.
///
/// # Errors
/// What behaviour 1.6 lists.
pub async fn authorize_for(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    purpose: Purpose,
) -> Result<AuthorizedToken> {
    let token = token.expose_secret();
    let fingerprint = fingerprint(token);
    let (client_context, verified) = match app.caches.verified_tokens.get(&fingerprint) {
        Some(verified) => {
            let client_context = client_of(app, &verified.claims).await?;
            let keys = keys_of(app, context, &client_context).await?;
            if keys.verifying(TokenUse::Access, &verified.kid).is_none() {
                return refuse(Failure::AccessTokenSignature);
            }
            (client_context, verified)
        }
        None => {
            let (client_context, verified) = verify(app, context, token).await?;
            app.caches
                .verified_tokens
                .insert(fingerprint, Arc::clone(&verified));
            (client_context, verified)
        }
    };
    let claims = &verified.claims;
    if context.now.seconds() >= claims.exp {
        return refuse(Failure::AccessTokenExpired);
    }
    purpose.check(claims)?;
    let session_id = claims.event_id.clone().ok_or(Failure::InvalidAccessToken)?;
    let pool_id = &client_context.pool.id;
    let found = store::session_users::find(&app.db, pool_id, &claims.sub, &session_id).await?;
    let Some(found) = found.map(Arc::unwrap_or_clone) else {
        return refuse(Failure::UserNotFound);
    };
    if !found.user.enabled {
        return refuse(Failure::UserDisabled);
    }
    if !found.live {
        return refuse(Failure::AccessTokenRevoked);
    }
    Ok(AuthorizedToken {
        scopes: claims.scope.split_whitespace().map(str::to_owned).collect(),
        authorized: Authorized {
            pool: client_context.pool,
            client: client_context.client,
            user: found.user,
            session_id,
        },
    })
}

/// Whether a key of the pool that the token names has signed it.
async fn verify(
    app: &App,
    context: &RequestContext,
    token: &str,
) -> Result<(lookup::ClientContext, Arc<VerifiedToken>)> {
    let invalid = || Error::from(Failure::InvalidAccessToken);
    let claimed: AccessClaims = peek_claims(token).ok_or_else(invalid)?;
    let header = peek_header(token).ok_or_else(invalid)?;
    // The token is not verified yet, so only text that has the form of a client's id reaches the store.
    let id = claimed.client_id.as_bytes();
    let may_be_id = id
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(byte));
    if claimed.token_use != TokenUse::Access.as_str() || id.len() > 128 || !may_be_id {
        return Err(invalid());
    }
    let client_context = client_of(app, &claimed).await?;
    let keys = keys_of(app, context, &client_context).await?;
    let Some(key) = keys.verifying(TokenUse::Access, &header.kid) else {
        return refuse(Failure::AccessTokenSignature);
    };
    let claims: AccessClaims = key.verify_jwt(token).map_err(|fault| match fault {
        TokenFault::Signature => Failure::AccessTokenSignature,
        TokenFault::Malformed => Failure::InvalidAccessToken,
    })?;
    let issuer = app.issuer(&client_context.pool.region, &client_context.pool.id);
    if claims.iss != issuer {
        return Err(invalid());
    }
    let kid = header.kid;
    Ok((client_context, Arc::new(VerifiedToken { kid, claims })))
}

/// The client that the token was issued to, if there still is one.
async fn client_of(app: &App, claims: &AccessClaims) -> Result<lookup::ClientContext> {
    match lookup::client_context(app, &claims.client_id).await {
        Err(Error::Refused(Failure::ClientNotFound(_))) => refuse(Failure::InvalidAccessToken),
        other => other,
    }
}

async fn keys_of(
    app: &App,
    context: &RequestContext,
    client_context: &lookup::ClientContext,
) -> Result<Arc<PoolKeys>> {
    signing_keys::of_pool(app, &client_context.pool.id, context.now)
        .await?
        .ok_or_else(|| Failure::InvalidAccessToken.into())
}
