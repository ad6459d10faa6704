//! AdminListGroupsForUser (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::groups;
use crate::model::{AdminListGroupsForUserRequest, AdminListGroupsForUserResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::groups::{MAX_PAGE, description};
use crate::protocol::Handler;

impl Handler<App> for ops::AdminListGroupsForUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminListGroupsForUserRequest,
    ) -> Result<AdminListGroupsForUserResponse, Error> {
        let limit = convert::page_size(input.limit, MAX_PAGE);
        let token = input.next_token.as_deref();
        let (pool_id, username) = (&input.user_pool_id, &input.username);
        let page = groups::list_of_user(app, context, pool_id, username, limit, token).await?;
        Ok(AdminListGroupsForUserResponse {
            groups: Some(description::groups(page.items)),
            next_token: page.next,
        })
    }
}
