//! GetClientToken: an app client's own access token, with which no user is concerned (administration 10.2).

use secrecy::{ExposeSecret, SecretString};

use super::tokens::{self, IssuedToken};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AuthFlow;
use crate::domain::client_secret::ClientSecretFault;
use crate::domain::failure::Failure;
use crate::domain::grant::GroupOverride;
use crate::domain::token_exchange::{ClientTokenClaims, TokenExchangeFault, own_scopes};
use crate::domain::user_pool::TokenUse;
use crate::flows::{Result, lookup, refuse};
use crate::triggers::pre_token_generation::{self, Source, Subject};
use crate::triggers::{Occasion, Texts};

/// The name of the user in the event of a token that is no user's.
const NO_USER: &str = "ClientCredentials";

/// An access token for the client, which proves its secret. Without `requested` scopes it gets all that it may have.
///
/// # Errors
/// [`Failure::ClientNotFound`], [`ClientSecretFault::PublicClient`], [`Failure::SecretHashWrong`],
/// [`Failure::FlowNotEnabled`], [`TokenExchangeFault::NoScope`], and those of a trigger.
pub async fn issue(
    app: &App,
    context: &RequestContext,
    client_id: &str,
    secret: &SecretString,
    requested: Option<&[String]>,
) -> Result<IssuedToken> {
    let lookup::ClientContext { pool, client } = lookup::client_context(app, client_id).await?;
    if !client.is_confidential() {
        return refuse(Failure::ClientSecret(ClientSecretFault::PublicClient));
    }
    lookup::check_client_secret(app, &client, Some(secret.expose_secret()))?;
    if !client.settings.allows(AuthFlow::ClientToken) {
        return refuse(Failure::FlowNotEnabled(AuthFlow::ClientToken));
    }
    let allowed = client.settings.oauth.scopes.as_deref().unwrap_or_default();
    let scopes = own_scopes(requested, allowed);
    if scopes.is_empty() {
        return refuse(Failure::TokenExchange(TokenExchangeFault::NoScope));
    }
    issue_with(
        app,
        context,
        &lookup::ClientContext { pool, client },
        scopes,
    )
    .await
}

/// An access token with these scopes for the client, which has authenticated and may have them.
///
/// # Errors
/// Those of a trigger.
pub async fn issue_with(
    app: &App,
    context: &RequestContext,
    client_context: &lookup::ClientContext,
    scopes: Vec<String>,
) -> Result<IssuedToken> {
    let lookup::ClientContext { pool, client } = client_context;
    let occasion = Occasion {
        pool,
        client_id: Some(&client.id),
        username: NO_USER,
        client_metadata: &context.client_metadata,
    };
    let subject = Subject {
        attributes: &Texts::new(),
        groups: &GroupOverride::default(),
        scopes: &scopes,
        client_id: &client.id,
    };
    let source = Source::ClientCredentials;
    let overrides = pre_token_generation::ask(&app.triggers, occasion, source, subject).await?;
    let lifetime = client.settings.validity.access_seconds();
    let mut claims = ClientTokenClaims {
        client_id: &client.id,
        issuer: &app.issuer(&pool.region, &pool.id),
        scopes: overrides.scopes.as_deref().unwrap_or(&scopes),
        jti: &app.entropy.uuid().to_string(),
        issued_at: context.now.seconds(),
        lifetime,
    }
    .claims();
    overrides.access.apply(&mut claims);
    let token = tokens::sign(app, context, pool, TokenUse::Access, claims).await?;
    Ok(IssuedToken {
        token,
        lifetime,
        scopes: overrides.scopes.unwrap_or(scopes),
    })
}
