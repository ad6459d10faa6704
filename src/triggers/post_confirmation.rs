//! PostConfirmation: after a user has confirmed the sign-up, or recovered the password.

use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts, user_attributes};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::User;

/// What the user has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Confirmed the sign-up, or had it confirmed.
    ConfirmSignUp,
    /// Recovered the password.
    ConfirmForgotPassword,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "PostConfirmation_ConfirmSignUp",
            Self::ConfirmForgotPassword => "PostConfirmation_ConfirmForgotPassword",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
}

#[derive(Serialize, Deserialize)]
struct Response {}

/// Tells the pool's function, where there is one, of the user as it is after the confirmation.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn tell(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    source: Source,
    user: &User,
) -> Result<(), Failure> {
    let pool = occasion.pool;
    let Some(arn) = pool.settings.triggers.post_confirmation.as_deref() else {
        return Ok(());
    };
    let request = Request {
        user_attributes: &user_attributes(pool, user),
        client_metadata: occasion.metadata(),
    };
    let event = occasion.event("1", source.name(), request, Response {});
    let Response {} = triggers
        .invoke(Trigger::PostConfirmation, arn, &event)
        .await?;
    Ok(())
}
