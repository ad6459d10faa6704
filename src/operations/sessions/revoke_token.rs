//! RevokeToken (behaviour 4.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::authentication::refresh;
use crate::model::{RevokeAssociatedSessionsType, RevokeTokenRequest, RevokeTokenResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::RevokeToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: RevokeTokenRequest,
    ) -> Result<RevokeTokenResponse, Error> {
        let secret = input.client_secret.as_deref();
        let (token, linked) = (input.token.into(), RevokeAssociatedSessionsType::Linked);
        let with_linked = input.revoke_associated_sessions == Some(linked);
        refresh::revoke(app, context, &input.client_id, secret, &token, with_linked).await?;
        Ok(RevokeTokenResponse::default())
    }
}
