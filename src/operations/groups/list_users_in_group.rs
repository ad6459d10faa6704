//! ListUsersInGroup (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::groups;
use crate::model::{ListUsersInGroupRequest, ListUsersInGroupResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::groups::MAX_PAGE;
use crate::protocol::Handler;

impl Handler<App> for ops::ListUsersInGroup {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUsersInGroupRequest,
    ) -> Result<ListUsersInGroupResponse, Error> {
        let limit = convert::page_size(input.limit, MAX_PAGE);
        let token = input.next_token.as_deref();
        let (pool_id, name) = (&input.user_pool_id, &input.group_name);
        let page = groups::members(app, context, pool_id, name, limit, token).await?;
        let users = page.items.iter();
        Ok(ListUsersInGroupResponse {
            users: Some(users.map(|user| convert::user(user, |_| true)).collect()),
            next_token: page.next,
        })
    }
}
