//! AdminUserGlobalSignOut (behaviour 4.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminUserGlobalSignOut {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminUserGlobalSignOutRequest,
    ) -> Result<AdminUserGlobalSignOutResponse, Error> {
        accounts::sign_out(app, context, &input.user_pool_id, &input.username).await?;
        Ok(AdminUserGlobalSignOutResponse::default())
    }
}
