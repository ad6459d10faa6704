//! ForgotPassword (behaviour 3.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup::ClientAndUsername;
use crate::flows::passwords::recovery;
use crate::model::{ForgotPasswordRequest, ForgotPasswordResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::ForgotPassword {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ForgotPasswordRequest,
    ) -> Result<ForgotPasswordResponse, Error> {
        let named = ClientAndUsername {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
        };
        let delivery = recovery::forgot_password(app, context, &named).await?;
        Ok(ForgotPasswordResponse {
            code_delivery_details: Some(convert::delivery(delivery)),
        })
    }
}
