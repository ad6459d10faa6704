//! A user's second factors between the wire's shapes and the domain's types.

use crate::domain::failure::Failure;
use crate::domain::second_factor::{FactorChange, SecondFactor, UserMfa};
use crate::domain::sign_in_settings::FirstFactor;
use crate::model::{
    AuthFactorType, DeliveryMediumType, EmailMfaSettingsType, MFAOptionType, SMSMfaSettingsType,
    SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};

/// The attribute that codes by SMS go to.
const PHONE_NUMBER: &str = "phone_number";

/// The factors that are on, by their words; `None` if none is (behaviour 5.6).
pub fn setting_list(mfa: &UserMfa) -> Option<Vec<String>> {
    let words = mfa.enabled.iter().map(|factor| factor.as_str().to_owned());
    Some(words.collect::<Vec<_>>()).filter(|words| !words.is_empty())
}

/// `ConfiguredUserAuthFactors`.
pub fn configured(factors: &[FirstFactor]) -> Vec<AuthFactorType> {
    let word = |factor: &FirstFactor| match factor {
        FirstFactor::Password => AuthFactorType::Password,
        FirstFactor::EmailOtp => AuthFactorType::EmailOtp,
        FirstFactor::SmsOtp => AuthFactorType::SmsOtp,
        FirstFactor::WebAuthn => AuthFactorType::WebAuthn,
        FirstFactor::SoftwareToken => AuthFactorType::SoftwareToken,
    };
    factors.iter().map(word).collect()
}

/// The preferred factor, by its word.
pub fn preferred(mfa: &UserMfa) -> Option<String> {
    mfa.preferred.map(|factor| factor.as_str().to_owned())
}

/// `MFAOptions`, which shows codes by SMS that were turned on in the legacy way (administration 2.2).
pub fn mfa_options(mfa: &UserMfa) -> Option<Vec<MFAOptionType>> {
    mfa.sms_by_settings.then(|| {
        vec![MFAOptionType {
            delivery_medium: Some(DeliveryMediumType::Sms),
            attribute_name: Some(PHONE_NUMBER.to_owned()),
        }]
    })
}

/// Whether the options turn codes by SMS on.
///
/// # Errors
/// [`Failure::MfaOption`] if they are about anything else.
pub fn sms_of(options: &[MFAOptionType]) -> Result<bool, Failure> {
    let is_sms = |option: &MFAOptionType| {
        option.delivery_medium == Some(DeliveryMediumType::Sms)
            && option.attribute_name.as_deref() == Some(PHONE_NUMBER)
    };
    if options.iter().all(is_sms) {
        Ok(!options.is_empty())
    } else {
        Err(Failure::MfaOption)
    }
}

/// The blocks of (Admin)SetUserMFAPreference.
pub struct Blocks {
    pub sms: Option<SMSMfaSettingsType>,
    pub software_token: Option<SoftwareTokenMfaSettingsType>,
    pub email: Option<EmailMfaSettingsType>,
}

/// Whether passkeys are to count as both factors; `None` if that stays.
pub fn passkey_as_both(block: Option<&WebAuthnMfaSettingsType>) -> Option<bool> {
    block.map(|block| block.enabled == Some(true))
}

/// The changes that the blocks ask for. A block that is absent changes nothing; one without members turns its factor
/// off, since Go clients leave out `false` (administration 14.1).
pub fn changes(blocks: Blocks) -> Vec<(SecondFactor, FactorChange)> {
    let change = |enabled: Option<bool>, preferred: Option<bool>| FactorChange {
        enabled: enabled.or(preferred.is_none().then_some(false)),
        preferred,
    };
    let sms = blocks
        .sms
        .map(|block| change(block.enabled, block.preferred_mfa));
    let software_token = blocks
        .software_token
        .map(|block| change(block.enabled, block.preferred_mfa));
    let email = blocks
        .email
        .map(|block| change(block.enabled, block.preferred_mfa));
    let named = [
        (SecondFactor::Sms, sms),
        (SecondFactor::SoftwareToken, software_token),
        (SecondFactor::Email, email),
    ];
    named
        .into_iter()
        .filter_map(|(factor, change)| Some((factor, change?)))
        .collect()
}
