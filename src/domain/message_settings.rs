//! A user pool's settings of e-mail and SMS.
//!
//! Each type reads its members under their names in the interface too, because earlier versions stored
//! them so (see [`PoolSettings::adopt_untyped_members`]).
//!
//! [`PoolSettings::adopt_untyped_members`]: super::user_pool::PoolSettings::adopt_untyped_members

use serde::{Deserialize, Serialize};

/// `EmailConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EmailSettings {
    /// Which account of Amazon SES sends. Only described: Cognate sends through its own mail server.
    #[serde(alias = "EmailSendingAccount")]
    pub sending_account: EmailSendingAccount,
    /// The identity in Amazon SES. Only described.
    #[serde(alias = "SourceArn")]
    pub source_arn: Option<String>,
    /// The address that answers go to.
    #[serde(alias = "ReplyToEmailAddress")]
    pub reply_to: Option<String>,
    /// The sender, an address with or without a display name; `None` for the server's own.
    #[serde(alias = "From")]
    pub from: Option<String>,
    /// The configuration set in Amazon SES. Only described.
    #[serde(alias = "ConfigurationSet")]
    pub configuration_set: Option<String>,
}

/// Which account of Amazon SES sends e-mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailSendingAccount {
    /// Cognito's.
    #[default]
    #[serde(alias = "COGNITO_DEFAULT")]
    CognitoDefault,
    /// The operator's.
    #[serde(alias = "DEVELOPER")]
    Developer,
}

/// `SmsConfiguration`. Only described: Cognate sends through its own SMS provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsSettings {
    /// The role with which Cognito uses Amazon SNS.
    #[serde(alias = "SnsCallerArn")]
    pub sns_caller_arn: Option<String>,
    /// The external id in the role's trust policy.
    #[serde(alias = "ExternalId")]
    pub external_id: Option<String>,
    /// The region of Amazon SNS; `None` for the pool's own.
    #[serde(alias = "SnsRegion")]
    pub sns_region: Option<String>,
    /// Sending through AWS End User Messaging instead.
    #[serde(alias = "EumsSms")]
    pub end_user_messaging: Option<EndUserMessaging>,
}

/// `EumsSms`: sending SMS through AWS End User Messaging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EndUserMessaging {
    /// The role with which Cognito sends.
    #[serde(alias = "CallerArn")]
    pub caller_arn: String,
    /// The external id in the role's trust policy.
    #[serde(alias = "ExternalId")]
    pub external_id: Option<String>,
    /// The sender's phone number or id.
    #[serde(alias = "OriginationIdentity")]
    pub origination_identity: Option<String>,
    /// The configuration set.
    #[serde(alias = "ConfigurationSetName")]
    pub configuration_set_name: Option<String>,
    /// The sender's entity id in India.
    #[serde(alias = "InEntityId")]
    pub in_entity_id: Option<String>,
    /// The text's template id in India.
    #[serde(alias = "InTemplateId")]
    pub in_template_id: Option<String>,
    /// The region that sends.
    #[serde(alias = "Region")]
    pub region: Option<String>,
}
