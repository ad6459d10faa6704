//! ConfirmForgotPassword (behaviour 3.5).

use crate::app::App;
use crate::flows::lookup::Named;
use crate::flows::recover;
use crate::model::{ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::ConfirmForgotPassword {
    async fn handle(
        app: &App,
        call: &Call,
        input: ConfirmForgotPasswordRequest,
    ) -> Result<ConfirmForgotPasswordResponse, Error> {
        let named = Named {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
        };
        let password = input.password.into();
        let code = &input.confirmation_code;
        recover::confirm_forgot_password(app, &named, code, &password, call.now).await?;
        Ok(ConfirmForgotPasswordResponse::default())
    }
}
