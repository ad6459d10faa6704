//! GetGroup (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::groups;
use crate::model::{GetGroupRequest, GetGroupResponse, ops};
use crate::operations::Error;
use crate::operations::groups::description;
use crate::protocol::Handler;

impl Handler<App> for ops::GetGroup {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetGroupRequest,
    ) -> Result<GetGroupResponse, Error> {
        let group = groups::get(app, context, &input.user_pool_id, &input.group_name).await?;
        Ok(GetGroupResponse {
            group: Some(description::group(group)),
        })
    }
}
