//! CompleteWebAuthnRegistration (administration 12.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::passkeys::registration;
use crate::model::{
    CompleteWebAuthnRegistrationRequest, CompleteWebAuthnRegistrationResponse, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::CompleteWebAuthnRegistration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CompleteWebAuthnRegistrationRequest,
    ) -> Result<CompleteWebAuthnRegistrationResponse, Error> {
        let token = input.access_token.into();
        registration::complete(app, context, &token, &input.credential).await?;
        Ok(CompleteWebAuthnRegistrationResponse::default())
    }
}
