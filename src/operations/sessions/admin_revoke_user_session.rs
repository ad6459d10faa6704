//! AdminRevokeUserSession (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking::{self, Revoked};
use crate::model::{
    AdminRevokeUserSessionRequest, AdminRevokeUserSessionResponse, RevokeAssociatedSessionsType,
    ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminRevokeUserSession {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminRevokeUserSessionRequest,
    ) -> Result<AdminRevokeUserSessionResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.username.as_str());
        let revoked = Revoked {
            listed_id: &input.session_id,
            with_linked: input.revoke_associated_sessions
                == Some(RevokeAssociatedSessionsType::Linked),
        };
        session_tracking::revoke_of(app, context, of, revoked).await?;
        Ok(AdminRevokeUserSessionResponse::default())
    }
}
