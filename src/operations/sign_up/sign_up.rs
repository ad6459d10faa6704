//! SignUp (behaviour 3.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::sign_up::register;
use crate::model::{SignUpRequest, SignUpResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::SignUp {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SignUpRequest,
    ) -> Result<SignUpResponse, Error> {
        let request = register::SignUp {
            client_id: input.client_id,
            secret_hash: input.secret_hash,
            username: input.username,
            password: input.password.map(Into::into),
            attributes: convert::attribute_inputs(input.user_attributes),
            validation_data: convert::validation_data(input.validation_data),
        };
        let made = register::sign_up(app, context, request).await?;
        Ok(SignUpResponse {
            user_confirmed: made.confirmed,
            code_delivery_details: made.delivery.map(convert::delivery),
            user_sub: made.user_id,
            session: None,
        })
    }
}
