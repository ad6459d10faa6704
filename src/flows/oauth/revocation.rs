//! The revocation endpoint (domain 4.2).

use secrecy::SecretString;

use super::clients::{self, ClientCredentials};
use super::{OAuthError, Result};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::oauth_fault::OAuthFault;
use crate::domain::user_pool::UserPool;
use crate::flows::Error;
use crate::flows::authentication::refresh;

/// Ends the session of a refresh token. One that is unknown or has ended is no error.
///
/// # Errors
/// [`OAuthFault::InvalidClient`], [`OAuthFault::InvalidRequest`] if the client may not revoke,
/// [`OAuthFault::UnsupportedTokenType`].
pub async fn revoke(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    credentials: &ClientCredentials,
    token: &SecretString,
) -> Result<()> {
    let client_context = clients::authenticate(app, pool, credentials).await?;
    let revoked = refresh::revoke_by(app, context, &client_context, token, false).await;
    match revoked {
        Err(Error::Refused(Failure::RevocationDisabled)) => Err(OAuthFault::InvalidRequest.into()),
        Err(Error::Refused(Failure::UnsupportedTokenType)) => {
            Err(OAuthFault::UnsupportedTokenType.into())
        }
        // To this client the token is unknown (RFC 7009, 2.2).
        Err(Error::Refused(Failure::TokenOfAnotherClient)) => Ok(()),
        other => other.map_err(OAuthError::Flow),
    }
}
