//! DescribeResourceServer (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::resource_servers;
use crate::model::{DescribeResourceServerRequest, DescribeResourceServerResponse, ops};
use crate::operations::Error;
use crate::operations::resource_servers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeResourceServer {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeResourceServerRequest,
    ) -> Result<DescribeResourceServerResponse, Error> {
        let (pool_id, identifier) = (&input.user_pool_id, &input.identifier);
        let server = resource_servers::get(app, context, pool_id, identifier).await?;
        Ok(DescribeResourceServerResponse {
            resource_server: description::resource_server(server),
        })
    }
}
