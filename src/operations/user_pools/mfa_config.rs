//! The second factors of a pool, as GetUserPoolMfaConfig and SetUserPoolMfaConfig answer them.

use crate::domain::second_factor::SecondFactor;
use crate::domain::user_pool::{MfaMode, UserPool};
use crate::model::{
    EmailMfaConfigType, SetUserPoolMfaConfigResponse, SmsMfaConfigType, SoftwareTokenMfaConfigType,
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
        web_authn_configuration: description::passthrough_member(
            &settings.passthrough,
            "WebAuthnConfiguration",
        ),
    }
}
