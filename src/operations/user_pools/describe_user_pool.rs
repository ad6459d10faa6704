//! DescribeUserPool.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pools;
use crate::model::{DescribeUserPoolRequest, DescribeUserPoolResponse, ops};
use crate::operations::Error;
use crate::operations::user_pools::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeUserPool {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeUserPoolRequest,
    ) -> Result<DescribeUserPoolResponse, Error> {
        let (pool, users) = user_pools::find_with_count(app, context, &input.user_pool_id).await?;
        Ok(DescribeUserPoolResponse {
            user_pool: Some(description::describe(app, pool, users)),
        })
    }
}
