//! ListUserPools.

use super::lambda_config;
use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pools;
use crate::model::{
    EpochSeconds, ListUserPoolsRequest, ListUserPoolsResponse, UserPoolDescriptionType, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ListUserPools {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUserPoolsRequest,
    ) -> Result<ListUserPoolsResponse, Error> {
        let token = input.next_token.as_deref();
        let (pools, next_token) = user_pools::list(app, context, input.max_results, token).await?;
        let described = pools
            .into_iter()
            .map(|pool| UserPoolDescriptionType {
                id: Some(pool.id),
                name: Some(pool.name),
                lambda_config: Some(lambda_config::describe(pool.settings.triggers)),
                last_modified_date: Some(EpochSeconds::from_millis(pool.modified_at.millis())),
                creation_date: Some(EpochSeconds::from_millis(pool.created_at.millis())),
                ..UserPoolDescriptionType::default()
            })
            .collect();
        Ok(ListUserPoolsResponse {
            user_pools: Some(described),
            next_token,
        })
    }
}
