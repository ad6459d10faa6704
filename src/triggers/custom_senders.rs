//! CustomSMSSender and CustomEmailSender: they send messages in the place of the server, and get the code encrypted.
//! A message is prepared with its cause and delivered by the outbox, so the call is made in two steps as well.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};

use super::custom_message::Source;
use super::event::{Metadata, Occasion, Texts, user_attributes};
use super::invoker::{Triggers, Untyped};
use crate::domain::attribute::Medium;
use crate::domain::failure::Failure;
use crate::domain::sender_call::SenderCall;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::User;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    r#type: &'static str,
    /// The encrypted code, filled in by [`send`].
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
    user_attributes: &'a Texts,
}

#[derive(Serialize)]
struct Response {}

/// The call that sends a message to `user` by `medium`; `None` where the pool has no sender for that, so that the
/// server sends it.
#[must_use]
pub fn prepare(
    occasion: Occasion<'_>,
    source: Source,
    medium: Medium,
    user: &User,
) -> Option<SenderCall> {
    let settings = &occasion.pool.settings.triggers;
    let (arn, sender, r#type) = match medium {
        Medium::Email => (
            &settings.custom_email_sender,
            "CustomEmailSender",
            "customEmailSenderRequestV1",
        ),
        Medium::Sms => (
            &settings.custom_sms_sender,
            "CustomSMSSender",
            "customSMSSenderRequestV1",
        ),
    };
    let request = Request {
        r#type,
        code: None,
        client_metadata: occasion.metadata(),
        user_attributes: &user_attributes(occasion.pool, user),
    };
    let source = format!("{sender}_{}", source.reason());
    let event = occasion.event("1", &source, request, Response {});
    Some(SenderCall {
        medium,
        arn: arn.clone()?,
        key_id: settings.kms_key_id.clone()?,
        event: serde_json::to_string(&event).ok()?.into(),
    })
}

/// Calls the function with the encrypted code. Its answer is not read.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`].
pub async fn send(
    triggers: &Triggers,
    call: &SenderCall,
    encrypted_code: &str,
) -> Result<(), Failure> {
    let trigger = match call.medium {
        Medium::Email => Trigger::CustomEmailSender,
        Medium::Sms => Trigger::CustomSmsSender,
    };
    let mut event: Value = serde_json::from_str(call.event.expose_secret()).unwrap_or_default();
    if let Some(code) = event.pointer_mut("/request/code") {
        *code = json!(encrypted_code);
    }
    triggers.notify(trigger, &call.arn, Untyped(event)).await
}
