//! AdminEnableUser.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{AdminEnableUserRequest, AdminEnableUserResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminEnableUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminEnableUserRequest,
    ) -> Result<AdminEnableUserResponse, Error> {
        accounts::set_enabled(app, context, &input.user_pool_id, &input.username, true).await?;
        Ok(AdminEnableUserResponse::default())
    }
}
