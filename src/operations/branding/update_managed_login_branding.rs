//! UpdateManagedLoginBranding (administration 6.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::managed_login_branding::BrandingRequest;
use crate::flows::managed_login_branding;
use crate::model::{UpdateManagedLoginBrandingRequest, UpdateManagedLoginBrandingResponse, ops};
use crate::operations::Error;
use crate::operations::branding::managed_login;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateManagedLoginBranding {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateManagedLoginBrandingRequest,
    ) -> Result<UpdateManagedLoginBrandingResponse, Error> {
        // The model calls both optional, but there is no branding without them.
        let pool_id = input
            .user_pool_id
            .ok_or(Failure::MissingParameter("UserPoolId".to_owned()))?;
        let id = input.managed_login_branding_id;
        let id = id.ok_or(Failure::MissingParameter(
            "ManagedLoginBrandingId".to_owned(),
        ))?;
        let request = BrandingRequest {
            use_defaults: input.use_cognito_provided_values,
            settings: input.settings,
            assets: managed_login::given(input.assets),
        };
        let branding = managed_login_branding::update(app, context, &pool_id, &id, request).await?;
        Ok(UpdateManagedLoginBrandingResponse {
            managed_login_branding: Some(managed_login::described(branding, false)?),
        })
    }
}
