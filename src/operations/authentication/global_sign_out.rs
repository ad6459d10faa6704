//! GlobalSignOut (behaviour 4.3).

use crate::app::App;
use crate::flows::users::accounts;
use crate::model::{GlobalSignOutRequest, GlobalSignOutResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::GlobalSignOut {
    async fn handle(
        app: &App,
        call: &Call,
        input: GlobalSignOutRequest,
    ) -> Result<GlobalSignOutResponse, Error> {
        accounts::sign_out_self(app, &input.access_token.into(), call.now).await?;
        Ok(GlobalSignOutResponse::default())
    }
}
