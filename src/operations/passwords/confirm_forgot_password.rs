//! ConfirmForgotPassword (behaviour 3.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup::ClientAndUsername;
use crate::flows::passwords::recovery;
use crate::model::{ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ConfirmForgotPassword {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ConfirmForgotPasswordRequest,
    ) -> Result<ConfirmForgotPasswordResponse, Error> {
        let named = ClientAndUsername {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
        };
        let password = input.password.into();
        let code = &input.confirmation_code;
        recovery::confirm_forgot_password(app, context, &named, code, &password).await?;
        Ok(ConfirmForgotPasswordResponse::default())
    }
}
