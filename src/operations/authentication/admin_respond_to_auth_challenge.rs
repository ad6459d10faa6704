//! AdminRespondToAuthChallenge (administration 12.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::model::{AdminRespondToAuthChallengeRequest, AdminRespondToAuthChallengeResponse, ops};
use crate::operations::Error;
use crate::operations::authentication::outcome::Parameters;
use crate::operations::authentication::sign_in;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminRespondToAuthChallenge {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminRespondToAuthChallengeRequest,
    ) -> Result<AdminRespondToAuthChallengeResponse, Error> {
        let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
        let client_context = sign_in::client_of_pool(app, context, pool_id, client_id).await?;
        let answers = Parameters(input.challenge_responses.unwrap_or_default());
        let (challenge, session) = (input.challenge_name, input.session);
        let step =
            sign_in::answer(app, context, &client_context, challenge, session, &answers).await?;
        Ok(AdminRespondToAuthChallengeResponse {
            challenge_name: step.challenge,
            session: step.session,
            challenge_parameters: Some(step.parameters),
            authentication_result: step.result,
            available_challenges: step.available,
        })
    }
}
