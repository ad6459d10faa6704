//! AdminConfirmSignUp (behaviour 3.3).

use crate::app::App;
use crate::flows::sign_up::confirm;
use crate::model::{AdminConfirmSignUpRequest, AdminConfirmSignUpResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminConfirmSignUp {
    async fn handle(
        app: &App,
        call: &Call,
        input: AdminConfirmSignUpRequest,
    ) -> Result<AdminConfirmSignUpResponse, Error> {
        confirm::admin_confirm_sign_up(
            app,
            &call.region,
            &input.user_pool_id,
            &input.username,
            call.now,
        )
        .await?;
        Ok(AdminConfirmSignUpResponse::default())
    }
}
