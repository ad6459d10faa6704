//! PreAuthentication: before the credentials of a sign-in are checked. The function may refuse it.

use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    /// The `ClientMetadata` of InitiateAuth.
    validation_data: Metadata<'a>,
    user_not_found: bool,
}

#[derive(Serialize, Deserialize)]
struct Response {}

/// Asks the pool's function, where there is one. `attributes` are [`super::user_attributes`], or none for a user
/// who is hidden and `not_found`.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    attributes: &Texts,
    not_found: bool,
) -> Result<(), Failure> {
    let function = &occasion.pool.settings.triggers.pre_authentication;
    let Some(arn) = function.as_deref() else {
        return Ok(());
    };
    let request = Request {
        user_attributes: attributes,
        validation_data: occasion.metadata(),
        user_not_found: not_found,
    };
    let source = "PreAuthentication_Authentication";
    let event = occasion.event("1", source, request, Response {});
    let Response {} = triggers
        .invoke(Trigger::PreAuthentication, arn, &event)
        .await?;
    Ok(())
}
