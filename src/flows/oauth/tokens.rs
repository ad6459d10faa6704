//! The grants of the token endpoint that need no code (domain 3.2 to 3.4).

use secrecy::SecretString;

use super::code_exchange::as_grant_fault;
use super::{Result, scopes};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::oauth_fault::OAuthFault;
use crate::domain::oauth_settings::OAuthFlow;
use crate::domain::token_exchange::own_scopes;
use crate::flows::authentication::client_token;
use crate::flows::authentication::refresh::{self, Proof};
use crate::flows::authentication::tokens::{IssuedToken, Tokens};
use crate::flows::lookup::ClientContext;

/// `refresh_token`: as GetTokensFromRefreshToken, whatever sign-in the token is from.
///
/// # Errors
/// [`OAuthFault::InvalidGrant`], and those of a trigger.
pub async fn refresh(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    token: &SecretString,
) -> Result<Tokens> {
    let proof = Proof::Authenticated;
    let refreshed = refresh::refresh(app, context, client_context, token, &proof, None).await;
    refreshed.map_err(as_grant_fault)
}

/// `client_credentials`: a token of the client's own, with the scopes that it asks for, or all of its custom ones.
///
/// # Errors
/// [`OAuthFault::InvalidGrant`] if OAuth is off, [`OAuthFault::UnauthorizedClient`], [`OAuthFault::InvalidScope`], and
/// those of a trigger.
pub async fn of_client(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    requested: Option<&[String]>,
) -> Result<IssuedToken> {
    let client = &client_context.client;
    let oauth = &client.settings.oauth;
    if !oauth.enabled {
        return Err(OAuthFault::InvalidGrant.into());
    }
    let flows = oauth.flows.as_deref().unwrap_or_default();
    if !client.is_confidential() || !flows.contains(&OAuthFlow::ClientCredentials) {
        return Err(OAuthFault::UnauthorizedClient.into());
    }
    let listed = oauth.scopes.as_deref().unwrap_or_default();
    let wanted = own_scopes(requested, listed);
    if requested.is_some_and(|requested| requested.iter().any(|scope| !wanted.contains(scope))) {
        return Err(OAuthFault::InvalidScope.into());
    }
    let active = scopes::active(app, client).await?;
    let scopes: Vec<String> = wanted
        .into_iter()
        .filter(|scope| active.contains(scope))
        .collect();
    if scopes.is_empty() {
        return Err(OAuthFault::InvalidScope.into());
    }
    Ok(client_token::issue_with(app, context, client_context, scopes).await?)
}
