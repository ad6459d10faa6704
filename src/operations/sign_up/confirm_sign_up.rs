//! ConfirmSignUp (behaviour 3.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup::ClientAndUsername;
use crate::flows::sign_up::confirm;
use crate::model::{ConfirmSignUpRequest, ConfirmSignUpResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ConfirmSignUp {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ConfirmSignUpRequest,
    ) -> Result<ConfirmSignUpResponse, Error> {
        let named = ClientAndUsername {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
        };
        let force_alias = input.force_alias_creation.unwrap_or(false);
        let code = &input.confirmation_code;
        let confirmed = confirm::confirm_sign_up(app, context, &named, code, force_alias).await?;
        Ok(ConfirmSignUpResponse {
            session: confirmed.session,
        })
    }
}
