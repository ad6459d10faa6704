//! PreSignUp: before a user is made. The function may refuse it, confirm it, and count its contacts as verified.

use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::attribute::Contact;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;

/// Who makes the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The user.
    SignUp,
    /// An administrator.
    AdminCreateUser,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "PreSignUp_SignUp",
            Self::AdminCreateUser => "PreSignUp_AdminCreateUser",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    /// Null where the caller sent none.
    validation_data: Metadata<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    auto_confirm_user: Option<bool>,
    auto_verify_email: Option<bool>,
    auto_verify_phone: Option<bool>,
}

/// What becomes of the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// It is confirmed.
    pub confirm: bool,
    /// Its e-mail address counts as verified.
    pub verify_email: bool,
    /// Its phone number counts as verified.
    pub verify_phone: bool,
}

/// Asks the pool's function, where there is one. `attributes` are those of the request.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    source: Source,
    attributes: &Texts,
    validation_data: &Texts,
) -> Result<Decision, Failure> {
    let Some(arn) = occasion.pool.settings.triggers.pre_sign_up.as_deref() else {
        return Ok(Decision::default());
    };
    // Nobody has said that a contact is unverified: the flag is not among what the caller gave.
    let mut given = attributes.clone();
    given.retain(|name, value| Contact::flagged(name).is_none() || value != "false");
    let request = Request {
        user_attributes: &given,
        validation_data: (!validation_data.is_empty()).then_some(validation_data),
        client_metadata: occasion.metadata(),
    };
    let response = Response {
        auto_confirm_user: Some(false),
        auto_verify_email: Some(false),
        auto_verify_phone: Some(false),
    };
    let event = occasion.event("1", source.name(), request, response);
    let answer: Response = triggers.invoke(Trigger::PreSignUp, arn, &event).await?;
    Ok(Decision {
        confirm: answer.auto_confirm_user.unwrap_or(false),
        verify_email: answer.auto_verify_email.unwrap_or(false),
        verify_phone: answer.auto_verify_phone.unwrap_or(false),
    })
}
