//! AdminDisableUser (behaviour 4.3).

use crate::app::App;
use crate::flows::users::accounts;
use crate::model::{AdminDisableUserRequest, AdminDisableUserResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminDisableUser {
    async fn handle(
        app: &App,
        call: &Call,
        input: AdminDisableUserRequest,
    ) -> Result<AdminDisableUserResponse, Error> {
        accounts::set_enabled(
            app,
            &call.region,
            &input.user_pool_id,
            &input.username,
            false,
            call.now,
        )
        .await?;
        Ok(AdminDisableUserResponse::default())
    }
}
