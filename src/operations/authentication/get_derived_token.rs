//! GetDerivedToken (administration 10.3).

use secrecy::ExposeSecret;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::token_exchange::TokenExchangeFault;
use crate::domain::user_pool::TokenUse;
use crate::flows::authentication::derived_token::{self, Exchange, Presented};
use crate::model::{
    GetDerivedTokenRequest, GetDerivedTokenResponse, IssuedTokenTypeIdentifierType,
    OAuthTokenTypeType, TokenTypeIdentifierType, ops,
};
use crate::operations::Error;
use crate::operations::authentication::outcome;
use crate::protocol::Handler;

impl Handler<App> for ops::GetDerivedToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetDerivedTokenRequest,
    ) -> Result<GetDerivedTokenResponse, Error> {
        let requested = input
            .requested_token_type
            .unwrap_or(IssuedTokenTypeIdentifierType::AccessToken);
        let (token_use, token_type) = match requested {
            IssuedTokenTypeIdentifierType::AccessToken => {
                (TokenUse::Access, OAuthTokenTypeType::Bearer)
            }
            IssuedTokenTypeIdentifierType::IdToken => (TokenUse::Id, OAuthTokenTypeType::NA),
        };
        let actor_provider = input.actor_token_provider_name;
        let actor = match (input.actor_token, input.actor_token_type) {
            (Some(token), Some(kind)) => Some(presented(token, kind, actor_provider.as_deref())),
            (None, None) if actor_provider.is_none() => None,
            _ => {
                let fault = TokenExchangeFault::ActorIncomplete;
                return Err(Failure::TokenExchange(fault).into());
            }
        };
        let first = |list: &Option<Vec<String>>| list.as_ref()?.first().cloned();
        let (audience, resource) = (first(&input.audiences), first(&input.resources));
        let subject_provider = input.subject_token_provider_name;
        let exchange = Exchange {
            client_id: &input.client_id,
            client_secret: input.client_secret.as_deref(),
            subject: presented(
                input.subject_token,
                input.subject_token_type,
                subject_provider.as_deref(),
            ),
            actor,
            scopes: input.scopes.as_deref().filter(|scopes| !scopes.is_empty()),
            audience: audience.as_deref(),
            resource: resource.as_deref(),
            token_use,
        };
        let issued = derived_token::issue(app, context, exchange).await?;
        Ok(GetDerivedTokenResponse {
            issued_token: issued.token.expose_secret().to_owned(),
            issued_token_type: requested,
            token_type,
            expires_in: Some(outcome::seconds(issued.lifetime)),
            scopes: (token_use == TokenUse::Access).then_some(issued.scopes),
        })
    }
}

fn presented(token: String, kind: TokenTypeIdentifierType, provider: Option<&str>) -> Presented {
    Presented {
        token: token.into(),
        token_use: match kind {
            TokenTypeIdentifierType::AccessToken => Some(TokenUse::Access),
            TokenTypeIdentifierType::IdToken => Some(TokenUse::Id),
            TokenTypeIdentifierType::Saml2 => None,
        },
        has_provider: provider.is_some(),
    }
}
