//! AdminSetUserPassword (behaviour 3.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::passwords::admin_set_password;
use crate::model::{AdminSetUserPasswordRequest, AdminSetUserPasswordResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminSetUserPassword {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminSetUserPasswordRequest,
    ) -> Result<AdminSetUserPasswordResponse, Error> {
        admin_set_password::set_password(
            app,
            context,
            &input.user_pool_id,
            &input.username,
            &input.password.into(),
            input.permanent.unwrap_or(false),
        )
        .await?;
        Ok(AdminSetUserPasswordResponse::default())
    }
}
