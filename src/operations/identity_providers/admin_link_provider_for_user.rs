//! AdminLinkProviderForUser (administration 4.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::identity_links;
use crate::model::{AdminLinkProviderForUserRequest, AdminLinkProviderForUserResponse, ops};
use crate::operations::Error;
use crate::operations::identity_providers::account;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminLinkProviderForUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminLinkProviderForUserRequest,
    ) -> Result<AdminLinkProviderForUserResponse, Error> {
        let destination = account::destination(input.destination_user)?;
        let source = account::account(input.source_user)?;
        let pool_id = &input.user_pool_id;
        identity_links::link(app, context, pool_id, &destination, &source).await?;
        Ok(AdminLinkProviderForUserResponse {})
    }
}
