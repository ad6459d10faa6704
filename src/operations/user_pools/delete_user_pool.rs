//! DeleteUserPool.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pools;
use crate::model::{DeleteUserPoolRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUserPool {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserPoolRequest,
    ) -> Result<Empty, Error> {
        user_pools::delete(app, context, &input.user_pool_id).await?;
        Ok(Empty {})
    }
}
