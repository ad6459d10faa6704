//! A user pool's settings of how users sign in: first factors, remembered devices, threat protection.
//!
//! Each type reads its members under their names in the interface too, because earlier versions stored
//! them so (see [`PoolSettings::adopt_untyped_members`]).
//!
//! [`PoolSettings::adopt_untyped_members`]: super::user_pool::PoolSettings::adopt_untyped_members

use serde::{Deserialize, Serialize};

/// A factor that a sign-in can begin with (`AllowedFirstAuthFactors`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstFactor {
    /// The password.
    #[serde(alias = "PASSWORD")]
    Password,
    /// A code by e-mail.
    #[serde(alias = "EMAIL_OTP")]
    EmailOtp,
    /// A code by SMS.
    #[serde(alias = "SMS_OTP")]
    SmsOtp,
    /// A passkey.
    #[serde(alias = "WEB_AUTHN")]
    WebAuthn,
    /// A code of an authenticator app.
    #[serde(alias = "SOFTWARE_TOKEN")]
    SoftwareToken,
}

/// `DeviceConfiguration`: how devices are remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceSettings {
    /// Whether a remembered device replaces the second factor.
    #[serde(alias = "ChallengeRequiredOnNewDevice")]
    pub challenge_required_on_new_device: bool,
    /// Whether a device is remembered only if the user agrees.
    #[serde(alias = "DeviceOnlyRememberedOnUserPrompt")]
    pub remembered_on_user_prompt: bool,
}

/// `UserPoolAddOns`: threat protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThreatProtection {
    /// Its mode.
    #[serde(alias = "AdvancedSecurityMode")]
    pub mode: ThreatProtectionMode,
    /// Its modes for further flows.
    #[serde(alias = "AdvancedSecurityAdditionalFlows")]
    pub additional_flows: Option<AdditionalFlows>,
}

/// `AdvancedSecurityAdditionalFlows`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdditionalFlows {
    /// The mode for custom authentication.
    #[serde(alias = "CustomAuthMode")]
    pub custom_auth: Option<ThreatProtectionMode>,
}

/// What threat protection does with a sign-in that is at risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreatProtectionMode {
    /// Nothing.
    #[default]
    #[serde(alias = "OFF")]
    Off,
    /// Logs it.
    #[serde(alias = "AUDIT")]
    Audit,
    /// Acts on it.
    #[serde(alias = "ENFORCED")]
    Enforced,
}

/// `WebAuthnConfiguration`: whose passkeys a pool takes, and what they have to prove (administration 3 and
/// 12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebAuthnSettings {
    /// The domain that passkeys belong to; `None` when not set, and another is found for them.
    pub relying_party_id: Option<String>,
    /// Whether the authenticator has to verify its user.
    pub user_verification: UserVerification,
    /// What a passkey counts as.
    pub factor_configuration: WebAuthnFactor,
}

/// Whether an authenticator has to verify its user, by a PIN or a biometric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserVerification {
    /// It has to.
    Required,
    /// It is asked to, and may leave it.
    #[default]
    Preferred,
}

/// What a sign-in by passkey counts as (`FactorConfiguration`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebAuthnFactor {
    /// The first factor.
    #[default]
    SingleFactor,
    /// Both factors, for users who want it so; then the authenticator has to verify its user.
    MultiFactorWithUserVerification,
}

impl WebAuthnSettings {
    /// Whether a passkey whose authenticator has verified its user counts as both factors.
    #[must_use]
    pub fn counts_as_both(&self) -> bool {
        self.factor_configuration == WebAuthnFactor::MultiFactorWithUserVerification
    }

    /// What passkeys of the pool have to prove: a passkey that counts as both factors has to verify its
    /// user, whatever `user_verification` says.
    #[must_use]
    pub const fn demanded_verification(&self) -> UserVerification {
        match self.factor_configuration {
            WebAuthnFactor::SingleFactor => self.user_verification,
            WebAuthnFactor::MultiFactorWithUserVerification => UserVerification::Required,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_that_is_both_factors_verifies_its_user() {
        use UserVerification::{Preferred, Required};
        use WebAuthnFactor::{MultiFactorWithUserVerification, SingleFactor};
        for (factor_configuration, user_verification, demanded) in [
            (SingleFactor, Preferred, Preferred),
            (SingleFactor, Required, Required),
            (MultiFactorWithUserVerification, Preferred, Required),
            (MultiFactorWithUserVerification, Required, Required),
        ] {
            let settings = WebAuthnSettings {
                relying_party_id: None,
                user_verification,
                factor_configuration,
            };
            assert_eq!(settings.demanded_verification(), demanded);
        }
    }

    #[test]
    fn absent_members_have_their_defaults() {
        let read: WebAuthnSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, WebAuthnSettings::default());
        assert_eq!(read.demanded_verification(), UserVerification::Preferred);
    }
}
