//! CreateManagedLoginBranding (administration 6.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::managed_login_branding::BrandingRequest;
use crate::flows::managed_login_branding;
use crate::model::{CreateManagedLoginBrandingRequest, CreateManagedLoginBrandingResponse, ops};
use crate::operations::Error;
use crate::operations::branding::managed_login;
use crate::protocol::Handler;

impl Handler<App> for ops::CreateManagedLoginBranding {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CreateManagedLoginBrandingRequest,
    ) -> Result<CreateManagedLoginBrandingResponse, Error> {
        let request = BrandingRequest {
            use_defaults: input.use_cognito_provided_values,
            settings: input.settings,
            assets: managed_login::given(input.assets),
        };
        let client = (input.user_pool_id.as_str(), input.client_id.as_str());
        let branding = managed_login_branding::create(app, context, client, request).await?;
        Ok(CreateManagedLoginBrandingResponse {
            managed_login_branding: Some(managed_login::described(branding, false)?),
        })
    }
}
