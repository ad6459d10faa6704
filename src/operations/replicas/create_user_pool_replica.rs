//! CreateUserPoolReplica (administration 11).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::lookup;
use crate::model::{CreateUserPoolReplicaRequest, CreateUserPoolReplicaResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::CreateUserPoolReplica {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CreateUserPoolReplicaRequest,
    ) -> Result<CreateUserPoolReplicaResponse, Error> {
        lookup::pool(app, context, &input.user_pool_id).await?;
        Err(Failure::NoReplicas.into())
    }
}
