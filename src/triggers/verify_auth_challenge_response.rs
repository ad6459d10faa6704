//! VerifyAuthChallengeResponse: whether the answer to a custom challenge is right.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    private_challenge_parameters: &'a Texts,
    challenge_answer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
    user_not_found: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    answer_correct: Option<bool>,
}

/// Asks the pool's function; `None` where there is none. `private` are the parameters that CreateAuthChallenge
/// made beside the challenge. Only a clear yes is a right answer.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    attributes: &Texts,
    private: &Texts,
    given: &SecretString,
    not_found: bool,
) -> Result<Option<bool>, Failure> {
    let settings = &occasion.pool.settings.triggers;
    let Some(arn) = settings.verify_auth_challenge_response.as_deref() else {
        return Ok(None);
    };
    let request = Request {
        user_attributes: attributes,
        private_challenge_parameters: private,
        challenge_answer: given.expose_secret(),
        client_metadata: occasion.metadata(),
        user_not_found: not_found,
    };
    let response = Response {
        answer_correct: None,
    };
    let source = "VerifyAuthChallengeResponse_Authentication";
    let event = occasion.event("1", source, request, response);
    let trigger = Trigger::VerifyAuthChallengeResponse;
    let answer: Response = triggers.invoke(trigger, arn, &event).await?;
    Ok(Some(answer.answer_correct == Some(true)))
}
