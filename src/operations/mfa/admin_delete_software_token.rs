//! AdminDeleteSoftwareToken (administration 2.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::mfa::preferences;
use crate::model::{AdminDeleteSoftwareTokenRequest, AdminDeleteSoftwareTokenResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminDeleteSoftwareToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminDeleteSoftwareTokenRequest,
    ) -> Result<AdminDeleteSoftwareTokenResponse, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.username);
        preferences::delete_software_token(app, context, pool_id, name).await?;
        Ok(AdminDeleteSoftwareTokenResponse {})
    }
}
