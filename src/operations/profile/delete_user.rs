//! DeleteUser.

use crate::app::App;
use crate::flows::users::accounts;
use crate::model::{DeleteUserRequest, Empty, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::DeleteUser {
    async fn handle(app: &App, call: &Call, input: DeleteUserRequest) -> Result<Empty, Error> {
        accounts::delete_self(app, &input.access_token.into(), call.now).await?;
        Ok(Empty {})
    }
}
