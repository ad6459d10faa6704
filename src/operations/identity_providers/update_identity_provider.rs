//! UpdateIdentityProvider (administration 4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::identity_provider::ProviderChange;
use crate::flows::identity_providers;
use crate::model::{UpdateIdentityProviderRequest, UpdateIdentityProviderResponse, ops};
use crate::operations::Error;
use crate::operations::identity_providers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateIdentityProvider {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateIdentityProviderRequest,
    ) -> Result<UpdateIdentityProviderResponse, Error> {
        let change = ProviderChange {
            attribute_mapping: input.attribute_mapping,
            identifiers: input.idp_identifiers,
            acr_mapping: input.acr_mapping,
        };
        let name = (input.user_pool_id.as_str(), input.provider_name.as_str());
        let details = input.provider_details;
        let provider = identity_providers::update(app, context, name, details, change).await?;
        Ok(UpdateIdentityProviderResponse {
            identity_provider: description::provider(app, provider)?,
        })
    }
}
