//! DeleteIdentityProvider (administration 4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::identity_providers;
use crate::model::{DeleteIdentityProviderRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteIdentityProvider {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteIdentityProviderRequest,
    ) -> Result<Empty, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.provider_name);
        identity_providers::delete(app, context, pool_id, name).await?;
        Ok(Empty {})
    }
}
