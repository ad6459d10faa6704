//! ListUserPoolReplicas (administration 11).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::lookup;
use crate::model::{
    ListUserPoolReplicasRequest, ListUserPoolReplicasResponse, ReplicaRoleType, ReplicaStatusType,
    UserPoolReplicaType, ops,
};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::ListUserPoolReplicas {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUserPoolReplicasRequest,
    ) -> Result<ListUserPoolReplicasResponse, Error> {
        let pool = lookup::pool(app, context, &input.user_pool_id).await?;
        // All replicas are on one page, so that no token is one of the server's.
        if let Some(token) = input.next_token {
            return Err(Failure::InvalidPageToken(token).into());
        }
        let primary = UserPoolReplicaType {
            region_name: Some(pool.region.clone()),
            status: Some(ReplicaStatusType::Active),
            role: Some(ReplicaRoleType::Primary),
            user_pool_arn: Some(convert::pool_arn(app, &pool)),
        };
        Ok(ListUserPoolReplicasResponse {
            user_pool_replicas: Some(vec![primary]),
            next_token: None,
        })
    }
}
