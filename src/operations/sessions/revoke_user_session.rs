//! RevokeUserSession (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking::{self, Revoked};
use crate::model::{
    RevokeAssociatedSessionsType, RevokeUserSessionRequest, RevokeUserSessionResponse, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::RevokeUserSession {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: RevokeUserSessionRequest,
    ) -> Result<RevokeUserSessionResponse, Error> {
        let token = input.access_token.into();
        let revoked = Revoked {
            listed_id: &input.session_id,
            with_linked: input.revoke_associated_sessions
                == Some(RevokeAssociatedSessionsType::Linked),
        };
        session_tracking::revoke_own(app, context, &token, revoked).await?;
        Ok(RevokeUserSessionResponse::default())
    }
}
