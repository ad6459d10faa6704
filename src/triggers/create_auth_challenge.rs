//! CreateAuthChallenge: makes a custom challenge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{ChallengeResult, Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    challenge_name: &'a str,
    session: &'a [ChallengeResult],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
    user_not_found: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    public_challenge_parameters: Option<BTreeMap<String, Option<String>>>,
    private_challenge_parameters: Option<BTreeMap<String, Option<String>>>,
    challenge_metadata: Option<String>,
}

/// A custom challenge. No `Debug`: the private parameters usually hold the answer.
#[derive(Clone, Default)]
pub struct Challenge {
    /// What the client gets.
    pub public: Texts,
    /// What VerifyAuthChallengeResponse gets.
    pub private: Texts,
    /// What DefineAuthChallenge and the next CreateAuthChallenge get of it.
    pub metadata: Option<String>,
}

/// Asks the pool's function; `None` where there is none.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    attributes: &Texts,
    challenge_name: &str,
    session: &[ChallengeResult],
    not_found: bool,
) -> Result<Option<Challenge>, Failure> {
    let function = &occasion.pool.settings.triggers.create_auth_challenge;
    let Some(arn) = function.as_deref() else {
        return Ok(None);
    };
    let request = Request {
        user_attributes: attributes,
        challenge_name,
        session,
        client_metadata: occasion.metadata(),
        user_not_found: not_found,
    };
    let source = "CreateAuthChallenge_Authentication";
    let event = occasion.event("1", source, request, Response::default());
    let trigger = Trigger::CreateAuthChallenge;
    let answer: Response = triggers.invoke(trigger, arn, &event).await?;
    Ok(Some(Challenge {
        public: present(answer.public_challenge_parameters),
        private: present(answer.private_challenge_parameters),
        metadata: answer.challenge_metadata,
    }))
}

/// The parameters that are not null.
fn present(parameters: Option<BTreeMap<String, Option<String>>>) -> Texts {
    let parameters = parameters.unwrap_or_default().into_iter();
    parameters
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
