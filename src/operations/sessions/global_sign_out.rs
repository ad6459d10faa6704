//! GlobalSignOut (behaviour 4.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{GlobalSignOutRequest, GlobalSignOutResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::GlobalSignOut {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GlobalSignOutRequest,
    ) -> Result<GlobalSignOutResponse, Error> {
        accounts::sign_out_self(app, context, &input.access_token.into()).await?;
        Ok(GlobalSignOutResponse::default())
    }
}
