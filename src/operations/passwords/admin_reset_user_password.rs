//! AdminResetUserPassword (administration 2.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::passwords::admin_reset_password;
use crate::model::{AdminResetUserPasswordRequest, AdminResetUserPasswordResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminResetUserPassword {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminResetUserPasswordRequest,
    ) -> Result<AdminResetUserPasswordResponse, Error> {
        let (pool_id, username) = (&input.user_pool_id, &input.username);
        admin_reset_password::reset_password(app, context, pool_id, username).await?;
        Ok(AdminResetUserPasswordResponse::default())
    }
}
