//! CreateIdentityProvider (administration 4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::identity_provider::ProviderChange;
use crate::flows::identity_providers;
use crate::model::{CreateIdentityProviderRequest, CreateIdentityProviderResponse, ops};
use crate::operations::Error;
use crate::operations::identity_providers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::CreateIdentityProvider {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CreateIdentityProviderRequest,
    ) -> Result<CreateIdentityProviderResponse, Error> {
        let kind = description::kind(input.provider_type);
        let change = ProviderChange {
            attribute_mapping: input.attribute_mapping,
            identifiers: input.idp_identifiers,
            acr_mapping: input.acr_mapping,
        };
        let name = (input.user_pool_id.as_str(), input.provider_name.as_str());
        let details = input.provider_details;
        let provider =
            identity_providers::create(app, context, name, kind, details, change).await?;
        Ok(CreateIdentityProviderResponse {
            identity_provider: description::provider(app, provider)?,
        })
    }
}
