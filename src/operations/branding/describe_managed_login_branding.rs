//! DescribeManagedLoginBranding (administration 6.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::managed_login_branding;
use crate::model::{
    DescribeManagedLoginBrandingRequest, DescribeManagedLoginBrandingResponse, ops,
};
use crate::operations::Error;
use crate::operations::branding::managed_login;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeManagedLoginBranding {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeManagedLoginBrandingRequest,
    ) -> Result<DescribeManagedLoginBrandingResponse, Error> {
        let (pool_id, id) = (&input.user_pool_id, &input.managed_login_branding_id);
        let branding = managed_login_branding::get(app, context, pool_id, id).await?;
        let merged = input.return_merged_resources.unwrap_or(false);
        Ok(DescribeManagedLoginBrandingResponse {
            managed_login_branding: Some(managed_login::described(branding, merged)?),
        })
    }
}
