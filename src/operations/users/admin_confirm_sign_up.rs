//! AdminConfirmSignUp (behaviour 3.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::sign_up::confirm;
use crate::model::{AdminConfirmSignUpRequest, AdminConfirmSignUpResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminConfirmSignUp {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminConfirmSignUpRequest,
    ) -> Result<AdminConfirmSignUpResponse, Error> {
        confirm::admin_confirm_sign_up(app, context, &input.user_pool_id, &input.username).await?;
        Ok(AdminConfirmSignUpResponse::default())
    }
}
