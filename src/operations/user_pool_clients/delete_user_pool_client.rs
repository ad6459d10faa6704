//! DeleteUserPoolClient.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pool_clients;
use crate::model::{DeleteUserPoolClientRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUserPoolClient {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserPoolClientRequest,
    ) -> Result<Empty, Error> {
        let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
        user_pool_clients::delete(app, context, pool_id, client_id).await?;
        Ok(Empty {})
    }
}
