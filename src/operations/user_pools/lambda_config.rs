//! `LambdaConfig`, in requests and in descriptions.

use crate::domain::trigger_settings::{
    PreTokenGeneration, PreTokenVersion, TriggerRequest, TriggerSettings,
};
use crate::model::{
    CustomEmailLambdaVersionConfigType, CustomEmailSenderLambdaVersionType,
    CustomSMSLambdaVersionConfigType, CustomSMSSenderLambdaVersionType,
    InboundFederationLambdaType, InboundFederationLambdaVersionType, LambdaConfigType,
    PreTokenGenerationLambdaVersionType, PreTokenGenerationVersionConfigType,
};

/// The triggers of a request. An empty text stands for none.
#[must_use]
pub fn of_request(config: LambdaConfigType) -> TriggerRequest {
    TriggerRequest {
        settings: TriggerSettings {
            pre_sign_up: nonempty(config.pre_sign_up),
            post_confirmation: nonempty(config.post_confirmation),
            pre_authentication: nonempty(config.pre_authentication),
            post_authentication: nonempty(config.post_authentication),
            define_auth_challenge: nonempty(config.define_auth_challenge),
            create_auth_challenge: nonempty(config.create_auth_challenge),
            verify_auth_challenge_response: nonempty(config.verify_auth_challenge_response),
            pre_token_generation: None,
            custom_message: nonempty(config.custom_message),
            user_migration: nonempty(config.user_migration),
            custom_sms_sender: config.custom_sms_sender.map(|sender| sender.lambda_arn),
            custom_email_sender: config.custom_email_sender.map(|sender| sender.lambda_arn),
            kms_key_id: nonempty(config.kms_key_id),
            inbound_federation: config
                .inbound_federation
                .map(|function| function.lambda_arn),
        },
        pre_token_generation: nonempty(config.pre_token_generation),
        pre_token_generation_config: config.pre_token_generation_config.map(|config| {
            PreTokenGeneration {
                arn: config.lambda_arn,
                version: match config.lambda_version {
                    PreTokenGenerationLambdaVersionType::V1_0 => PreTokenVersion::V1,
                    PreTokenGenerationLambdaVersionType::V2_0 => PreTokenVersion::V2,
                    PreTokenGenerationLambdaVersionType::V3_0 => PreTokenVersion::V3,
                },
            }
        }),
    }
}

fn nonempty(arn: Option<String>) -> Option<String> {
    arn.filter(|arn| !arn.is_empty())
}

/// The description of a pool's triggers.
#[must_use]
pub fn describe(triggers: TriggerSettings) -> LambdaConfigType {
    let pre_token = triggers.pre_token_generation;
    LambdaConfigType {
        pre_sign_up: triggers.pre_sign_up,
        custom_message: triggers.custom_message,
        post_confirmation: triggers.post_confirmation,
        pre_authentication: triggers.pre_authentication,
        post_authentication: triggers.post_authentication,
        define_auth_challenge: triggers.define_auth_challenge,
        create_auth_challenge: triggers.create_auth_challenge,
        verify_auth_challenge_response: triggers.verify_auth_challenge_response,
        pre_token_generation: pre_token.as_ref().map(|function| function.arn.clone()),
        user_migration: triggers.user_migration,
        pre_token_generation_config: pre_token.map(|function| {
            PreTokenGenerationVersionConfigType {
                lambda_version: match function.version {
                    PreTokenVersion::V1 => PreTokenGenerationLambdaVersionType::V1_0,
                    PreTokenVersion::V2 => PreTokenGenerationLambdaVersionType::V2_0,
                    PreTokenVersion::V3 => PreTokenGenerationLambdaVersionType::V3_0,
                },
                lambda_arn: function.arn,
            }
        }),
        custom_sms_sender: triggers.custom_sms_sender.map(|lambda_arn| {
            CustomSMSLambdaVersionConfigType {
                lambda_version: CustomSMSSenderLambdaVersionType::V1_0,
                lambda_arn,
            }
        }),
        custom_email_sender: triggers.custom_email_sender.map(|lambda_arn| {
            CustomEmailLambdaVersionConfigType {
                lambda_version: CustomEmailSenderLambdaVersionType::V1_0,
                lambda_arn,
            }
        }),
        kms_key_id: triggers.kms_key_id,
        inbound_federation: triggers.inbound_federation.map(|lambda_arn| {
            InboundFederationLambdaType {
                lambda_version: InboundFederationLambdaVersionType::V1_0,
                lambda_arn,
            }
        }),
    }
}
