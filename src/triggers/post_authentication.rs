//! PostAuthentication: after a sign-in, before its tokens are made. The function may refuse them.

use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts, user_attributes};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::User;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    new_device_used: bool,
    /// The `ClientMetadata` of RespondToAuthChallenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
}

#[derive(Serialize, Deserialize)]
struct Response {}

/// Tells the pool's function, where there is one. The occasion's metadata are those of the last answer to a
/// challenge; InitiateAuth's do not belong here. `new_device_used`: the sign-in got a new device key.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn tell(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    user: &User,
    new_device_used: bool,
) -> Result<(), Failure> {
    let pool = occasion.pool;
    let Some(arn) = pool.settings.triggers.post_authentication.as_deref() else {
        return Ok(());
    };
    let request = Request {
        user_attributes: &user_attributes(pool, user),
        new_device_used,
        client_metadata: occasion.metadata(),
    };
    let source = "PostAuthentication_Authentication";
    let event = occasion.event("1", source, request, Response {});
    let Response {} = triggers
        .invoke(Trigger::PostAuthentication, arn, &event)
        .await?;
    Ok(())
}
