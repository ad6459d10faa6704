//! UserMigration: a user whom the pool does not have wants to sign in or to recover the password. The function may
//! know the user from elsewhere.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::event::{Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::attribute::Medium;
use crate::domain::failure::Failure;
use crate::domain::trigger_settings::Trigger;

/// What the user wants.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// To sign in with this password.
    Authentication(&'a SecretString),
    /// To recover the password.
    ForgotPassword,
}

impl Source<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Authentication(_) => "UserMigration_Authentication",
            Self::ForgotPassword => "UserMigration_ForgotPassword",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    /// Null for a recovery.
    password: Option<&'a str>,
    /// The `ClientMetadata` of InitiateAuth.
    validation_data: Metadata<'a>,
    /// That of ForgotPassword.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    user_attributes: Option<BTreeMap<String, Option<String>>>,
    final_user_status: Option<FinalStatus>,
    message_action: Option<MessageAction>,
    desired_delivery_mediums: Option<Vec<Medium>>,
    force_alias_creation: Option<bool>,
    #[serde(rename = "enableSMSMFA")]
    enable_sms_mfa: Option<bool>,
}

/// The status of a user who has come over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FinalStatus {
    /// May sign in.
    Confirmed,
    /// Must reset the password first.
    ResetRequired,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum MessageAction {
    Suppress,
    Resend,
}

/// A user as the function knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigratedUser {
    /// Its attributes.
    pub attributes: Texts,
    /// Its status, where the function says one.
    pub status: Option<FinalStatus>,
    /// Whether an alias moves here from the user that holds it.
    pub force_alias: bool,
    /// Whether SMS is its second factor.
    pub sms_mfa: bool,
}

/// Asks the pool's function. `None` where there is none, or it does not know the user. The occasion's username is
/// the name that was typed. What the function says of a welcome message is read and not obeyed: the message would
/// carry the user's password (behaviour 6).
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    source: Source<'_>,
) -> Result<Option<MigratedUser>, Failure> {
    let Some(arn) = occasion.pool.settings.triggers.user_migration.as_deref() else {
        return Ok(None);
    };
    let metadata = occasion.metadata();
    let (password, validation_data, client_metadata) = match source {
        Source::Authentication(password) => (Some(password.expose_secret()), metadata, None),
        Source::ForgotPassword => (None, None, metadata),
    };
    let request = Request {
        password,
        validation_data,
        client_metadata,
    };
    let event = occasion.event("1", source.name(), request, Response::default());
    let answer: Response = triggers.invoke(Trigger::UserMigration, arn, &event).await?;
    let given = answer.user_attributes.unwrap_or_default().into_iter();
    let attributes: Texts = given
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    if attributes.is_empty() {
        return Ok(None);
    }
    Ok(Some(MigratedUser {
        attributes,
        status: answer.final_user_status,
        force_alias: answer.force_alias_creation == Some(true),
        sms_mfa: answer.enable_sms_mfa == Some(true),
    }))
}
