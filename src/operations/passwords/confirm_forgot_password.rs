//! ConfirmForgotPassword (behaviour 3.5).

use crate::app::App;
use crate::flows::lookup::ClientAndUsername;
use crate::flows::passwords::recovery;
use crate::model::{ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::ConfirmForgotPassword {
    async fn handle(
        app: &App,
        call: &Call,
        input: ConfirmForgotPasswordRequest,
    ) -> Result<ConfirmForgotPasswordResponse, Error> {
        let named = ClientAndUsername {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
        };
        let password = input.password.into();
        let code = &input.confirmation_code;
        recovery::confirm_forgot_password(app, &named, code, &password, call.now).await?;
        Ok(ConfirmForgotPasswordResponse::default())
    }
}
