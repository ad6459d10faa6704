//! DeleteGroup (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::groups;
use crate::model::{DeleteGroupRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteGroup {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteGroupRequest,
    ) -> Result<Empty, Error> {
        groups::delete(app, context, &input.user_pool_id, &input.group_name).await?;
        Ok(Empty {})
    }
}
