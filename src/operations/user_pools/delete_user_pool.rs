//! DeleteUserPool.

use crate::app::App;
use crate::flows::user_pools;
use crate::model::{DeleteUserPoolRequest, Empty, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::DeleteUserPool {
    async fn handle(app: &App, call: &Call, input: DeleteUserPoolRequest) -> Result<Empty, Error> {
        user_pools::delete(app, &call.region, &input.user_pool_id).await?;
        Ok(Empty {})
    }
}
