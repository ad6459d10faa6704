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
