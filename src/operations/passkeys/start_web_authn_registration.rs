//! StartWebAuthnRegistration (administration 12.2).

use serde_json::value::RawValue;

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::passkeys::registration;
use crate::model::{StartWebAuthnRegistrationRequest, StartWebAuthnRegistrationResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::StartWebAuthnRegistration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: StartWebAuthnRegistrationRequest,
    ) -> Result<StartWebAuthnRegistrationResponse, Error> {
        let options = registration::begin(app, context, &input.access_token.into()).await?;
        let options = RawValue::from_string(options)
            .map_err(|error| Error::Flow(crate::flows::Error::Internal(error.into())))?;
        Ok(StartWebAuthnRegistrationResponse {
            credential_creation_options: options,
        })
    }
}
