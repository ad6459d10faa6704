//! ChangePassword (behaviour 3.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::passwords::change_password;
use crate::model::{ChangePasswordRequest, ChangePasswordResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ChangePassword {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ChangePasswordRequest,
    ) -> Result<ChangePasswordResponse, Error> {
        let previous = input.previous_password.map(Into::into);
        change_password::change_password(
            app,
            context,
            &input.access_token.into(),
            previous.as_ref(),
            &input.proposed_password.into(),
        )
        .await?;
        Ok(ChangePasswordResponse::default())
    }
}
