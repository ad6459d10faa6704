//! CustomSMSSender and CustomEmailSender: they send messages in the place of the server, and get the code encrypted.

use serde::Serialize;

use super::event::{Metadata, Occasion, Texts, user_attributes};
use super::invoker::Triggers;
use crate::domain::attribute::Medium;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::User;

/// Why the message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// To confirm a sign-up.
    SignUp,
    /// To confirm a sign-up, sent again.
    ResendCode,
    /// To recover the password.
    ForgotPassword,
    /// To verify a changed attribute.
    UpdateUserAttribute,
    /// To verify an attribute as it is.
    VerifyUserAttribute,
    /// To invite a user.
    AdminCreateUser,
    /// To sign in.
    Authentication,
}

impl Source {
    const fn name(self, medium: Medium) -> &'static str {
        match (medium, self) {
            (Medium::Email, Self::SignUp) => "CustomEmailSender_SignUp",
            (Medium::Email, Self::ResendCode) => "CustomEmailSender_ResendCode",
            (Medium::Email, Self::ForgotPassword) => "CustomEmailSender_ForgotPassword",
            (Medium::Email, Self::UpdateUserAttribute) => "CustomEmailSender_UpdateUserAttribute",
            (Medium::Email, Self::VerifyUserAttribute) => "CustomEmailSender_VerifyUserAttribute",
            (Medium::Email, Self::AdminCreateUser) => "CustomEmailSender_AdminCreateUser",
            (Medium::Email, Self::Authentication) => "CustomEmailSender_Authentication",
            (Medium::Sms, Self::SignUp) => "CustomSMSSender_SignUp",
            (Medium::Sms, Self::ResendCode) => "CustomSMSSender_ResendCode",
            (Medium::Sms, Self::ForgotPassword) => "CustomSMSSender_ForgotPassword",
            (Medium::Sms, Self::UpdateUserAttribute) => "CustomSMSSender_UpdateUserAttribute",
            (Medium::Sms, Self::VerifyUserAttribute) => "CustomSMSSender_VerifyUserAttribute",
            (Medium::Sms, Self::AdminCreateUser) => "CustomSMSSender_AdminCreateUser",
            (Medium::Sms, Self::Authentication) => "CustomSMSSender_Authentication",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    r#type: &'static str,
    /// The encrypted code in base64.
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
    user_attributes: &'a Texts,
}

#[derive(Serialize)]
struct Response {}

/// Has the pool's sender for `medium` send a code; `false` where the pool has none, so that the server sends it.
/// The function's answer is not read.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`].
pub async fn send(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    source: Source,
    medium: Medium,
    user: &User,
    encrypted_code: &str,
) -> Result<bool, Failure> {
    let settings = &occasion.pool.settings.triggers;
    let (trigger, arn, r#type) = match medium {
        Medium::Email => (
            Trigger::CustomEmailSender,
            &settings.custom_email_sender,
            "customEmailSenderRequestV1",
        ),
        Medium::Sms => (
            Trigger::CustomSmsSender,
            &settings.custom_sms_sender,
            "customSMSSenderRequestV1",
        ),
    };
    let Some(arn) = arn.as_deref() else {
        return Ok(false);
    };
    let request = Request {
        r#type,
        code: encrypted_code,
        client_metadata: occasion.metadata(),
        user_attributes: &user_attributes(occasion.pool, user),
    };
    let event = occasion.event("1", source.name(medium), request, Response {});
    triggers.notify(trigger, arn, &event).await?;
    Ok(true)
}
