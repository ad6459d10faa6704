//! DescribeUserPoolClient.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pool_clients;
use crate::model::{DescribeUserPoolClientRequest, DescribeUserPoolClientResponse, ops};
use crate::operations::Error;
use crate::operations::user_pool_clients::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeUserPoolClient {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeUserPoolClientRequest,
    ) -> Result<DescribeUserPoolClientResponse, Error> {
        let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
        let client = user_pool_clients::find(app, context, pool_id, client_id).await?;
        Ok(DescribeUserPoolClientResponse {
            user_pool_client: Some(description::describe(app, client)?),
        })
    }
}
