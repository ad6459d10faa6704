//! DescribeManagedLoginBrandingByClient (administration 6.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::managed_login_branding;
use crate::model::{
    DescribeManagedLoginBrandingByClientRequest, DescribeManagedLoginBrandingByClientResponse, ops,
};
use crate::operations::Error;
use crate::operations::branding::managed_login;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeManagedLoginBrandingByClient {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeManagedLoginBrandingByClientRequest,
    ) -> Result<DescribeManagedLoginBrandingByClientResponse, Error> {
        let client = (input.user_pool_id.as_str(), input.client_id.as_str());
        let branding = managed_login_branding::get_by_client(app, context, client).await?;
        let merged = input.return_merged_resources.unwrap_or(false);
        Ok(DescribeManagedLoginBrandingByClientResponse {
            managed_login_branding: Some(managed_login::described(branding, merged)?),
        })
    }
}
