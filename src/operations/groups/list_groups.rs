//! ListGroups (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::groups;
use crate::model::{ListGroupsRequest, ListGroupsResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::groups::{MAX_PAGE, description};
use crate::protocol::Handler;

impl Handler<App> for ops::ListGroups {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListGroupsRequest,
    ) -> Result<ListGroupsResponse, Error> {
        let limit = convert::page_size(input.limit, MAX_PAGE);
        let token = input.next_token.as_deref();
        let page = groups::list(app, context, &input.user_pool_id, limit, token).await?;
        Ok(ListGroupsResponse {
            groups: Some(description::groups(page.items)),
            next_token: page.next,
        })
    }
}
