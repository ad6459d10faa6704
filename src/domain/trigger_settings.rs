//! A user pool's triggers: functions of the operator's that take part in what the pool does.

use serde::{Deserialize, Serialize};

use super::setting_fault::SettingFault;

/// A trigger, by its name in LambdaConfig and in errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// Before a user is made.
    PreSignUp,
    /// After a user has confirmed the sign-up, or recovered the password.
    PostConfirmation,
    /// Before the credentials of a sign-in are checked.
    PreAuthentication,
    /// After a sign-in.
    PostAuthentication,
    /// Which challenge comes next.
    DefineAuthChallenge,
    /// Makes a custom challenge.
    CreateAuthChallenge,
    /// Checks the answer to a custom challenge.
    VerifyAuthChallengeResponse,
    /// Before tokens are made.
    PreTokenGeneration,
    /// Before a message with a code is written.
    CustomMessage,
    /// A user whom the pool does not have wants to sign in or to recover the password.
    UserMigration,
    /// Sends text messages in the place of the server.
    CustomSmsSender,
    /// Sends e-mail in the place of the server.
    CustomEmailSender,
    /// Maps what an identity provider says of a user.
    InboundFederation,
}

impl Trigger {
    /// Its name in LambdaConfig, with which the errors about it begin.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::CustomMessage => "CustomMessage",
            Self::UserMigration => "UserMigration",
            Self::CustomSmsSender => "CustomSMSSender",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::InboundFederation => "InboundFederation",
        }
    }
}

/// The ARNs of the functions, as LambdaConfig gives them; `None` where the pool has no such trigger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TriggerSettings {
    /// [`Trigger::PreSignUp`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_sign_up: Option<String>,
    /// [`Trigger::PostConfirmation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_confirmation: Option<String>,
    /// [`Trigger::PreAuthentication`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_authentication: Option<String>,
    /// [`Trigger::PostAuthentication`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_authentication: Option<String>,
    /// [`Trigger::DefineAuthChallenge`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub define_auth_challenge: Option<String>,
    /// [`Trigger::CreateAuthChallenge`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_auth_challenge: Option<String>,
    /// [`Trigger::VerifyAuthChallengeResponse`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_auth_challenge_response: Option<String>,
    /// [`Trigger::PreTokenGeneration`], with the version of its event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_token_generation: Option<PreTokenGeneration>,
    /// [`Trigger::CustomMessage`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_message: Option<String>,
    /// [`Trigger::UserMigration`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_migration: Option<String>,
    /// [`Trigger::CustomSmsSender`]; its event has the version `V1_0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_sms_sender: Option<String>,
    /// [`Trigger::CustomEmailSender`]; its event has the version `V1_0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_email_sender: Option<String>,
    /// The key under which the senders get codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// [`Trigger::InboundFederation`]; its event has the version `V1_0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound_federation: Option<String>,
}

/// The function that is called before tokens are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreTokenGeneration {
    /// Its ARN.
    pub arn: String,
    /// The version of its event.
    pub version: PreTokenVersion,
}

/// The version of the event before tokens are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreTokenVersion {
    /// The ID token and the groups.
    #[serde(rename = "V1_0")]
    V1,
    /// The access token as well.
    #[serde(rename = "V2_0")]
    V2,
    /// Also for tokens of app clients without a user.
    #[serde(rename = "V3_0")]
    V3,
}

/// LambdaConfig as a request gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriggerRequest {
    /// All but the function before tokens are made, which stands at two places.
    pub settings: TriggerSettings,
    /// `PreTokenGeneration`, the older of the two.
    pub pre_token_generation: Option<String>,
    /// `PreTokenGenerationConfig`.
    pub pre_token_generation_config: Option<PreTokenGeneration>,
}

impl TriggerRequest {
    /// The settings that the request asks for. Each of the two members for the function before tokens fills the
    /// other (administration 14.1).
    ///
    /// # Errors
    /// [`SettingFault::PreTokenFunctionsDiffer`], [`SettingFault::SenderWithoutKey`].
    pub fn settings(self) -> Result<TriggerSettings, SettingFault> {
        let pre_token_generation =
            match (self.pre_token_generation, self.pre_token_generation_config) {
                (Some(arn), Some(config)) if arn != config.arn => {
                    return Err(SettingFault::PreTokenFunctionsDiffer);
                }
                (_, Some(config)) => Some(config),
                (Some(arn), None) => Some(PreTokenGeneration {
                    arn,
                    version: PreTokenVersion::V1,
                }),
                (None, None) => None,
            };
        let settings = TriggerSettings {
            pre_token_generation,
            ..self.settings
        };
        let has_sender =
            settings.custom_sms_sender.is_some() || settings.custom_email_sender.is_some();
        if has_sender && settings.kms_key_id.is_none() {
            return Err(SettingFault::SenderWithoutKey);
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(legacy: Option<&str>, config: Option<(&str, PreTokenVersion)>) -> TriggerRequest {
        TriggerRequest {
            pre_token_generation: legacy.map(str::to_owned),
            pre_token_generation_config: config.map(|(arn, version)| PreTokenGeneration {
                arn: arn.to_owned(),
                version,
            }),
            ..TriggerRequest::default()
        }
    }

    #[test]
    fn the_two_members_for_the_function_before_tokens_are_one() {
        for (legacy, config, expected) in [
            (None, None, Ok(None)),
            (Some("a"), None, Ok(Some(("a", PreTokenVersion::V1)))),
            (
                None,
                Some(("a", PreTokenVersion::V2)),
                Ok(Some(("a", PreTokenVersion::V2))),
            ),
            (
                Some("a"),
                Some(("a", PreTokenVersion::V3)),
                Ok(Some(("a", PreTokenVersion::V3))),
            ),
            (
                Some("b"),
                Some(("a", PreTokenVersion::V1)),
                Err(SettingFault::PreTokenFunctionsDiffer),
            ),
        ] {
            let got = request(legacy, config).settings();
            let got = got.map(|settings| settings.pre_token_generation);
            let expected = expected.map(|function| {
                function.map(|(arn, version)| PreTokenGeneration {
                    arn: arn.to_owned(),
                    version,
                })
            });
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn a_sender_needs_a_key() {
        let sender = |kms_key_id: Option<&str>| TriggerRequest {
            settings: TriggerSettings {
                custom_email_sender: Some("a".to_owned()),
                kms_key_id: kms_key_id.map(str::to_owned),
                ..TriggerSettings::default()
            },
            ..TriggerRequest::default()
        };
        assert!(sender(Some("k")).settings().is_ok());
        assert_eq!(sender(None).settings(), Err(SettingFault::SenderWithoutKey));
    }
}
