//! AdminUserGlobalSignOut (behaviour 4.3).

use crate::app::App;
use crate::flows::users::accounts;
use crate::model::{AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminUserGlobalSignOut {
    async fn handle(
        app: &App,
        call: &Call,
        input: AdminUserGlobalSignOutRequest,
    ) -> Result<AdminUserGlobalSignOutResponse, Error> {
        accounts::sign_out(
            app,
            &call.region,
            &input.user_pool_id,
            &input.username,
            call.now,
        )
        .await?;
        Ok(AdminUserGlobalSignOutResponse::default())
    }
}
