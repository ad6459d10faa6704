//! AdminListUserSessions (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking;
use crate::model::{AdminListUserSessionsRequest, AdminListUserSessionsResponse, ops};
use crate::operations::Error;
use crate::operations::sessions::description;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminListUserSessions {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminListUserSessionsRequest,
    ) -> Result<AdminListUserSessionsResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.username.as_str());
        let page = input.next_token.as_deref();
        let listed = session_tracking::list_of(app, context, of, page).await?;
        let (sessions, next_token) = description::described(listed);
        Ok(AdminListUserSessionsResponse {
            sessions: Some(sessions),
            next_token,
        })
    }
}
