//! DescribeIdentityProvider (administration 4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::identity_providers;
use crate::model::{DescribeIdentityProviderRequest, DescribeIdentityProviderResponse, ops};
use crate::operations::Error;
use crate::operations::identity_providers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeIdentityProvider {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeIdentityProviderRequest,
    ) -> Result<DescribeIdentityProviderResponse, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.provider_name);
        let provider = identity_providers::get(app, context, pool_id, name).await?;
        Ok(DescribeIdentityProviderResponse {
            identity_provider: description::provider(app, provider)?,
        })
    }
}
