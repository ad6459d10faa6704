//! AdminInitiateAuth (administration 12.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::model::{AdminInitiateAuthRequest, AdminInitiateAuthResponse, ops};
use crate::operations::Error;
use crate::operations::authentication::outcome::Parameters;
use crate::operations::authentication::sign_in::{self, Form};
use crate::protocol::Handler;

impl Handler<App> for ops::AdminInitiateAuth {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminInitiateAuthRequest,
    ) -> Result<AdminInitiateAuthResponse, Error> {
        let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
        let client_context = sign_in::client_of_pool(app, context, pool_id, client_id).await?;
        let parameters = Parameters(input.auth_parameters.unwrap_or_default());
        let flow = (Form::Administrator, input.auth_flow);
        let session = input.session.as_deref();
        let step =
            sign_in::begin(app, context, &client_context, flow, &parameters, session).await?;
        Ok(AdminInitiateAuthResponse {
            challenge_name: step.challenge,
            session: step.session,
            challenge_parameters: Some(step.parameters),
            authentication_result: step.result,
            available_challenges: step.available,
        })
    }
}
