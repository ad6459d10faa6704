//! AdminDisableProviderForUser (administration 4.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::identity_links;
use crate::model::{AdminDisableProviderForUserRequest, AdminDisableProviderForUserResponse, ops};
use crate::operations::Error;
use crate::operations::identity_providers::account;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminDisableProviderForUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminDisableProviderForUserRequest,
    ) -> Result<AdminDisableProviderForUserResponse, Error> {
        let account = account::account(input.user)?;
        identity_links::unlink(app, context, &input.user_pool_id, &account).await?;
        Ok(AdminDisableProviderForUserResponse {})
    }
}
