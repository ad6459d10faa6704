//! RevokeUserSession (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking;
use crate::model::{RevokeUserSessionRequest, RevokeUserSessionResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::RevokeUserSession {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: RevokeUserSessionRequest,
    ) -> Result<RevokeUserSessionResponse, Error> {
        // No session of a browser exists yet that others could be linked by.
        let token = input.access_token.into();
        session_tracking::revoke_own(app, context, &token, &input.session_id).await?;
        Ok(RevokeUserSessionResponse::default())
    }
}
