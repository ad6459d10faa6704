//! AdminDisableUser (behaviour 4.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{AdminDisableUserRequest, AdminDisableUserResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminDisableUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminDisableUserRequest,
    ) -> Result<AdminDisableUserResponse, Error> {
        accounts::set_enabled(app, context, &input.user_pool_id, &input.username, false).await?;
        Ok(AdminDisableUserResponse::default())
    }
}
