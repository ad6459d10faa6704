//! CustomMessage: before a message with a code is written. The function may give its text.

use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts, user_attributes};
use super::invoker::Triggers;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::User;

/// What stands for the code in a text.
const CODE_PARAMETER: &str = "{####}";
/// What stands for the link in a text, with the words that the link has.
const LINK_PARAMETER: &str = "{##Click Here##}";
/// What stands for the username in the text of an invitation.
const USERNAME_PARAMETER: &str = "{username}";

/// Why the message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// To confirm a sign-up.
    SignUp,
    /// To invite a user.
    AdminCreateUser,
    /// To confirm a sign-up, sent again.
    ResendCode,
    /// To recover the password.
    ForgotPassword,
    /// To verify a changed attribute.
    UpdateUserAttribute,
    /// To verify an attribute as it is.
    VerifyUserAttribute,
    /// To sign in.
    Authentication,
}

impl Source {
    /// What stands behind the trigger in an event's `triggerSource`.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::SignUp => "SignUp",
            Self::AdminCreateUser => "AdminCreateUser",
            Self::ResendCode => "ResendCode",
            Self::ForgotPassword => "ForgotPassword",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
            Self::Authentication => "Authentication",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "CustomMessage_SignUp",
            Self::AdminCreateUser => "CustomMessage_AdminCreateUser",
            Self::ResendCode => "CustomMessage_ResendCode",
            Self::ForgotPassword => "CustomMessage_ForgotPassword",
            Self::UpdateUserAttribute => "CustomMessage_UpdateUserAttribute",
            Self::VerifyUserAttribute => "CustomMessage_VerifyUserAttribute",
            Self::Authentication => "CustomMessage_Authentication",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    code_parameter: &'static str,
    /// Absent unless the message can have a link in the code's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_parameter: Option<&'static str>,
    /// Null unless the message is an invitation.
    username_parameter: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
}

/// The texts that the function gives; `None` where it gives none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Of a text message.
    pub sms_message: Option<String>,
    /// Of an e-mail.
    pub email_message: Option<String>,
    /// The e-mail's subject.
    pub email_subject: Option<String>,
}

/// Asks the pool's function, where there is one. The function never sees the code, only what stands for it, or for the
/// link that the message `has_link`.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    (source, has_link): (Source, bool),
    user: &User,
) -> Result<Answer, Failure> {
    let pool = occasion.pool;
    let Some(arn) = pool.settings.triggers.custom_message.as_deref() else {
        return Ok(Answer::default());
    };
    let request = Request {
        user_attributes: &user_attributes(pool, user),
        code_parameter: CODE_PARAMETER,
        link_parameter: has_link.then_some(LINK_PARAMETER),
        username_parameter: (source == Source::AdminCreateUser).then_some(USERNAME_PARAMETER),
        client_metadata: occasion.metadata(),
    };
    let event = occasion.event("1", source.name(), request, Answer::default());
    triggers.invoke(Trigger::CustomMessage, arn, &event).await
}
