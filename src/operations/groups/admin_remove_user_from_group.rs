//! AdminRemoveUserFromGroup (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::groups;
use crate::model::{AdminRemoveUserFromGroupRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminRemoveUserFromGroup {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminRemoveUserFromGroupRequest,
    ) -> Result<Empty, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.group_name);
        groups::remove_user(app, context, pool_id, name, &input.username).await?;
        Ok(Empty {})
    }
}
