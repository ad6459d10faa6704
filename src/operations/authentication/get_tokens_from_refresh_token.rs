//! GetTokensFromRefreshToken (behaviour 4.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::authentication::refresh::{self, Proof};
use crate::flows::lookup;
use crate::model::{GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse, ops};
use crate::operations::Error;
use crate::operations::authentication::outcome::result;
use crate::protocol::Handler;

impl Handler<App> for ops::GetTokensFromRefreshToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetTokensFromRefreshTokenRequest,
    ) -> Result<GetTokensFromRefreshTokenResponse, Error> {
        let client_context = lookup::client_context(app, &input.client_id).await?;
        let proof = Proof::Secret(input.client_secret.as_deref());
        let tokens = refresh::refresh(
            app,
            context,
            &client_context,
            &input.refresh_token.into(),
            &proof,
            input.device_key.as_deref(),
        )
        .await?;
        Ok(GetTokensFromRefreshTokenResponse {
            authentication_result: Some(result(&tokens)),
        })
    }
}
