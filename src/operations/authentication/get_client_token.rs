//! GetClientToken (administration 10.2).

use secrecy::ExposeSecret;

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::authentication::client_token;
use crate::model::{
    ClientAuthenticationResultType, GetClientTokenRequest, GetClientTokenResponse,
    OAuthTokenTypeType, ops,
};
use crate::operations::Error;
use crate::operations::authentication::outcome;
use crate::protocol::Handler;

impl Handler<App> for ops::GetClientToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetClientTokenRequest,
    ) -> Result<GetClientTokenResponse, Error> {
        let scopes = input.scopes.as_deref().filter(|scopes| !scopes.is_empty());
        let secret = input.secret.into();
        let issued = client_token::issue(app, context, &input.client_id, &secret, scopes).await?;
        Ok(GetClientTokenResponse {
            client_authentication_result: Some(ClientAuthenticationResultType {
                access_token: Some(issued.token.expose_secret().to_owned()),
                expires_in: Some(outcome::seconds(issued.lifetime)),
                token_type: Some(OAuthTokenTypeType::Bearer.as_str().to_owned()),
            }),
        })
    }
}
