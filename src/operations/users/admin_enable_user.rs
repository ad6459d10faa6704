//! AdminEnableUser.

use crate::app::App;
use crate::flows::users::accounts;
use crate::model::{AdminEnableUserRequest, AdminEnableUserResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminEnableUser {
    async fn handle(
        app: &App,
        call: &Call,
        input: AdminEnableUserRequest,
    ) -> Result<AdminEnableUserResponse, Error> {
        accounts::set_enabled(
            app,
            &call.region,
            &input.user_pool_id,
            &input.username,
            true,
            call.now,
        )
        .await?;
        Ok(AdminEnableUserResponse::default())
    }
}
