//! DefineAuthChallenge: which challenge a custom sign-in has next, or how it ends.

use serde::{Deserialize, Serialize};

use super::event::{ChallengeResult, Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    session: &'a [ChallengeResult],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
    user_not_found: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    challenge_name: Option<String>,
    issue_tokens: Option<bool>,
    fail_authentication: Option<bool>,
}

/// How the sign-in goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// With this challenge.
    Challenge(String),
    /// With tokens.
    IssueTokens,
    /// Not at all.
    Fail,
}

/// Asks the pool's function; `None` where there is none. `session`, oldest first, is what has been answered. The
/// occasion's metadata are those of RespondToAuthChallenge, InitiateAuth's do not belong here.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`]; [`Failure::TriggerAnswerInvalid`], also where the
/// function decides nothing.
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    attributes: &Texts,
    session: &[ChallengeResult],
    not_found: bool,
) -> Result<Option<Decision>, Failure> {
    let function = &occasion.pool.settings.triggers.define_auth_challenge;
    let Some(arn) = function.as_deref() else {
        return Ok(None);
    };
    let request = Request {
        user_attributes: attributes,
        session,
        client_metadata: occasion.metadata(),
        user_not_found: not_found,
    };
    let source = "DefineAuthChallenge_Authentication";
    let event = occasion.event("1", source, request, Response::default());
    let trigger = Trigger::DefineAuthChallenge;
    let answer: Response = triggers.invoke(trigger, arn, &event).await?;
    // A function that refuses and lets in at once has not proven anything.
    if answer.fail_authentication == Some(true) {
        return Ok(Some(Decision::Fail));
    }
    if answer.issue_tokens == Some(true) {
        return Ok(Some(Decision::IssueTokens));
    }
    match answer.challenge_name.filter(|name| !name.is_empty()) {
        Some(name) => Ok(Some(Decision::Challenge(name))),
        None => Err(Failure::TriggerAnswerInvalid(trigger)),
    }
}
