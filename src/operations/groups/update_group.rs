//! UpdateGroup (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::group::GroupChange;
use crate::flows::groups;
use crate::model::{UpdateGroupRequest, UpdateGroupResponse, ops};
use crate::operations::Error;
use crate::operations::groups::description;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateGroup {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateGroupRequest,
    ) -> Result<UpdateGroupResponse, Error> {
        let change = GroupChange {
            description: input.description,
            precedence: input.precedence.map(i64::from),
            role_arn: input.role_arn,
        };
        let (pool_id, name) = (&input.user_pool_id, &input.group_name);
        let group = groups::update(app, context, pool_id, name, change).await?;
        Ok(UpdateGroupResponse {
            group: Some(description::group(group)),
        })
    }
}
