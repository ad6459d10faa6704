//! ResendConfirmationCode (behaviour 3.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup::ClientAndUsername;
use crate::flows::sign_up::confirm;
use crate::model::{ResendConfirmationCodeRequest, ResendConfirmationCodeResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::ResendConfirmationCode {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ResendConfirmationCodeRequest,
    ) -> Result<ResendConfirmationCodeResponse, Error> {
        let named = ClientAndUsername {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
        };
        let delivery = confirm::resend(app, context, &named).await?;
        Ok(ResendConfirmationCodeResponse {
            code_delivery_details: Some(convert::delivery(delivery)),
        })
    }
}
