//! DeleteUser.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{DeleteUserRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserRequest,
    ) -> Result<Empty, Error> {
        accounts::delete_self(app, context, &input.access_token.into()).await?;
        Ok(Empty {})
    }
}
