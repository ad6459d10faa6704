//! RespondToAuthChallenge (behaviour 5.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup;
use crate::model::{RespondToAuthChallengeRequest, RespondToAuthChallengeResponse, ops};
use crate::operations::Error;
use crate::operations::authentication::outcome::Parameters;
use crate::operations::authentication::sign_in;
use crate::protocol::Handler;

impl Handler<App> for ops::RespondToAuthChallenge {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: RespondToAuthChallengeRequest,
    ) -> Result<RespondToAuthChallengeResponse, Error> {
        let client_context = lookup::client_context(app, &input.client_id).await?;
        let answers = Parameters(input.challenge_responses.unwrap_or_default());
        let (challenge, session) = (input.challenge_name, input.session);
        let step =
            sign_in::answer(app, context, &client_context, challenge, session, &answers).await?;
        Ok(RespondToAuthChallengeResponse {
            challenge_name: step.challenge,
            session: step.session,
            challenge_parameters: Some(step.parameters),
            authentication_result: step.result,
            available_challenges: step.available,
        })
    }
}
