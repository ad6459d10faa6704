//! AdminDeleteUser.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{AdminDeleteUserRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminDeleteUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminDeleteUserRequest,
    ) -> Result<Empty, Error> {
        accounts::delete(app, context, &input.user_pool_id, &input.username).await?;
        Ok(Empty {})
    }
}
