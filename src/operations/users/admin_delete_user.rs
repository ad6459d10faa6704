//! AdminDeleteUser.

use crate::app::App;
use crate::flows::users::accounts;
use crate::model::{AdminDeleteUserRequest, Empty, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminDeleteUser {
    async fn handle(app: &App, call: &Call, input: AdminDeleteUserRequest) -> Result<Empty, Error> {
        accounts::delete(app, &call.region, &input.user_pool_id, &input.username).await?;
        Ok(Empty {})
    }
}
