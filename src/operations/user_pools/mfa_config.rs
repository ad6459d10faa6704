//! The second factors of a pool, as GetUserPoolMfaConfig and SetUserPoolMfaConfig answer them.

use crate::domain::second_factor::SecondFactor;
use crate::domain::sign_in_settings::{UserVerification, WebAuthnFactor, WebAuthnSettings};
use crate::domain::user_pool::{MfaMode, UserPool};
use crate::model::{
    EmailMfaConfigType, SetUserPoolMfaConfigResponse, SmsMfaConfigType, SoftwareTokenMfaConfigType,
    UserVerificationType, WebAuthnConfigurationType, WebAuthnFactorConfigurationType,
};
use crate::operations::user_pools::description;

/// What is set; blocks that never were are left out (administration 3).
pub fn describe(pool: &UserPool) -> SetUserPoolMfaConfigResponse {
    let settings = &pool.settings;
    let is_on = settings.mfa != MfaMode::Off;
    let sms = settings
        .sms
        .clone()
        .filter(|_| is_on && settings.has_factor(SecondFactor::Sms));
    SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: sms.map(|sms| SmsMfaConfigType {
            sms_authentication_message: settings.verification_message.sms_authentication.clone(),
            sms_configuration: Some(description::sms_configuration(sms, &pool.region)),
        }),
        software_token_mfa_configuration: settings.factors.software_token.map(|enabled| {
            SoftwareTokenMfaConfigType {
                enabled: Some(enabled),
            }
        }),
        email_mfa_configuration: settings
            .factors
            .email
            .clone()
            .map(|email| EmailMfaConfigType {
                message: email.message,
                subject: email.subject,
            }),
        mfa_configuration: Some(description::mfa(settings.mfa)),
        web_authn_configuration: settings.web_authn.clone().map(described),
    }
}

/// `WebAuthnConfiguration` as it is stored.
pub fn web_authn(block: WebAuthnConfigurationType) -> WebAuthnSettings {
    WebAuthnSettings {
        relying_party_id: block.relying_party_id,
        user_verification: match block.user_verification {
            Some(UserVerificationType::Required) => UserVerification::Required,
            Some(UserVerificationType::Preferred) | None => UserVerification::Preferred,
        },
        factor_configuration: match block.factor_configuration {
            Some(WebAuthnFactorConfigurationType::MultiFactorWithUserVerification) => {
                WebAuthnFactor::MultiFactorWithUserVerification
            }
            Some(WebAuthnFactorConfigurationType::SingleFactor) | None => {
                WebAuthnFactor::SingleFactor
            }
        },
    }
}

fn described(settings: WebAuthnSettings) -> WebAuthnConfigurationType {
    WebAuthnConfigurationType {
        relying_party_id: settings.relying_party_id,
        user_verification: Some(match settings.user_verification {
            UserVerification::Required => UserVerificationType::Required,
            UserVerification::Preferred => UserVerificationType::Preferred,
        }),
        factor_configuration: Some(match settings.factor_configuration {
            WebAuthnFactor::MultiFactorWithUserVerification => {
                WebAuthnFactorConfigurationType::MultiFactorWithUserVerification
            }
            WebAuthnFactor::SingleFactor => WebAuthnFactorConfigurationType::SingleFactor,
        }),
    }
}
