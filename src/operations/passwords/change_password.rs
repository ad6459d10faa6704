//! ChangePassword (behaviour 3.5).

use crate::app::App;
use crate::flows::passwords::change_password;
use crate::model::{ChangePasswordRequest, ChangePasswordResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::ChangePassword {
    async fn handle(
        app: &App,
        call: &Call,
        input: ChangePasswordRequest,
    ) -> Result<ChangePasswordResponse, Error> {
        let previous = input.previous_password.map(Into::into);
        change_password::change_password(
            app,
            &input.access_token.into(),
            previous.as_ref(),
            &input.proposed_password.into(),
            call.now,
        )
        .await?;
        Ok(ChangePasswordResponse::default())
    }
}
