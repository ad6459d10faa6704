//! AdminRevokeUserSession (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking;
use crate::model::{AdminRevokeUserSessionRequest, AdminRevokeUserSessionResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminRevokeUserSession {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminRevokeUserSessionRequest,
    ) -> Result<AdminRevokeUserSessionResponse, Error> {
        // No session of a browser exists yet that others could be linked by.
        let of = (input.user_pool_id.as_str(), input.username.as_str());
        session_tracking::revoke_of(app, context, of, &input.session_id).await?;
        Ok(AdminRevokeUserSessionResponse::default())
    }
}
