//! InitiateAuth (behaviour 5.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup;
use crate::model::{InitiateAuthRequest, InitiateAuthResponse, ops};
use crate::operations::Error;
use crate::operations::authentication::outcome::Parameters;
use crate::operations::authentication::sign_in::{self, Form};
use crate::protocol::Handler;

impl Handler<App> for ops::InitiateAuth {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: InitiateAuthRequest,
    ) -> Result<InitiateAuthResponse, Error> {
        let client_context = lookup::client_context(app, &input.client_id).await?;
        let parameters = Parameters(input.auth_parameters.unwrap_or_default());
        let flow = (Form::Open, input.auth_flow);
        let session = input.session.as_deref();
        let step =
            sign_in::begin(app, context, &client_context, flow, &parameters, session).await?;
        Ok(InitiateAuthResponse {
            challenge_name: step.challenge,
            session: step.session,
            challenge_parameters: Some(step.parameters),
            authentication_result: step.result,
            available_challenges: step.available,
        })
    }
}
