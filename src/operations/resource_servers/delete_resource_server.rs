//! DeleteResourceServer (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::resource_servers;
use crate::model::{DeleteResourceServerRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteResourceServer {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteResourceServerRequest,
    ) -> Result<Empty, Error> {
        let (pool_id, identifier) = (&input.user_pool_id, &input.identifier);
        resource_servers::delete(app, context, pool_id, identifier).await?;
        Ok(Empty {})
    }
}
