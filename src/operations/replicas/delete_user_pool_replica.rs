//! DeleteUserPoolReplica (administration 11).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::lookup;
use crate::model::{DeleteUserPoolReplicaRequest, DeleteUserPoolReplicaResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUserPoolReplica {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserPoolReplicaRequest,
    ) -> Result<DeleteUserPoolReplicaResponse, Error> {
        lookup::pool(app, context, &input.user_pool_id).await?;
        Err(Failure::NoReplicas.into())
    }
}
