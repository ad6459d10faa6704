//! ListUserSessions (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking;
use crate::model::{ListUserSessionsRequest, ListUserSessionsResponse, ops};
use crate::operations::Error;
use crate::operations::sessions::description;
use crate::protocol::Handler;

impl Handler<App> for ops::ListUserSessions {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUserSessionsRequest,
    ) -> Result<ListUserSessionsResponse, Error> {
        let token = input.access_token.into();
        let page = input.next_token.as_deref();
        let listed = session_tracking::list_own(app, context, &token, page).await?;
        let (sessions, next_token) = description::described(listed);
        Ok(ListUserSessionsResponse {
            sessions: Some(sessions),
            next_token,
        })
    }
}
