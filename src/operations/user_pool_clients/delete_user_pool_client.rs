//! DeleteUserPoolClient.

use crate::app::App;
use crate::flows::user_pool_clients;
use crate::model::{DeleteUserPoolClientRequest, Empty, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::DeleteUserPoolClient {
    async fn handle(
        app: &App,
        call: &Call,
        input: DeleteUserPoolClientRequest,
    ) -> Result<Empty, Error> {
        let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
        user_pool_clients::delete(app, &call.region, pool_id, client_id).await?;
        Ok(Empty {})
    }
}
