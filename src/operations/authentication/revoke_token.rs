//! RevokeToken (behaviour 4.3).

use crate::app::App;
use crate::flows::authentication::refresh;
use crate::model::{RevokeTokenRequest, RevokeTokenResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::RevokeToken {
    async fn handle(
        app: &App,
        call: &Call,
        input: RevokeTokenRequest,
    ) -> Result<RevokeTokenResponse, Error> {
        let secret = input.client_secret.as_deref();
        refresh::revoke(app, &input.client_id, secret, &input.token.into(), call.now).await?;
        Ok(RevokeTokenResponse::default())
    }
}
