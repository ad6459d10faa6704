//! DeleteManagedLoginBranding (administration 6.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::managed_login_branding;
use crate::model::{DeleteManagedLoginBrandingRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteManagedLoginBranding {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteManagedLoginBrandingRequest,
    ) -> Result<Empty, Error> {
        let (pool_id, id) = (&input.user_pool_id, &input.managed_login_branding_id);
        managed_login_branding::delete(app, context, pool_id, id).await?;
        Ok(Empty {})
    }
}
