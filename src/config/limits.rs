//! `[limits]`: attempts per user.

use serde::{Deserialize, Serialize};

/// Attempts per user and hour, after Cognito's quotas, and the lock-out after wrong passwords. 0
/// switches a limit off, which production refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// ForgotPassword and ConfirmForgotPassword together.
    pub forgot_password_per_hour: u32,
    /// ResendConfirmationCode.
    pub resend_confirmation_code_per_hour: u32,
    /// ConfirmSignUp.
    pub confirm_sign_up_per_hour: u32,
    /// ChangePassword.
    pub change_password_per_hour: u32,
    /// GetUserAttributeVerificationCode.
    pub get_attribute_code_per_hour: u32,
    /// VerifyUserAttribute.
    pub verify_attribute_per_hour: u32,
    /// Wrong passwords in a row before the first lock, which lasts a second. Each further one doubles it.
    pub lockout_free_tries: u32,
    /// The longest lock, in seconds.
    pub lockout_max_seconds: u64,
    /// Seconds without an attempt after which the count starts again.
    pub lockout_reset_seconds: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            // Cognito allows 5 to 20, depending on a risk score that this server does not compute.
            forgot_password_per_hour: 20,
            resend_confirmation_code_per_hour: 5,
            confirm_sign_up_per_hour: 15,
            change_password_per_hour: 5,
            get_attribute_code_per_hour: 5,
            verify_attribute_per_hour: 15,
            lockout_free_tries: 5,
            lockout_max_seconds: 15 * 60,
            lockout_reset_seconds: 15 * 60,
        }
    }
}
