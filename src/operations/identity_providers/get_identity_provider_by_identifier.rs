//! GetIdentityProviderByIdentifier (administration 4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::identity_providers;
use crate::model::{
    GetIdentityProviderByIdentifierRequest, GetIdentityProviderByIdentifierResponse, ops,
};
use crate::operations::Error;
use crate::operations::identity_providers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::GetIdentityProviderByIdentifier {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetIdentityProviderByIdentifierRequest,
    ) -> Result<GetIdentityProviderByIdentifierResponse, Error> {
        let (pool_id, identifier) = (&input.user_pool_id, &input.idp_identifier);
        let provider =
            identity_providers::get_by_identifier(app, context, pool_id, identifier).await?;
        Ok(GetIdentityProviderByIdentifierResponse {
            identity_provider: description::provider(app, provider)?,
        })
    }
}
