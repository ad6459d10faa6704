//! `[limits]`: attempts by user, address, source, app client and pool.

use serde::{Deserialize, Deserializer, Serialize};

/// Limits on what is tried, sent, hashed and told. Each holds for any period of its length, wherever the
/// period begins. 0 switches a limit off, which production refuses unless [`Self::accept_limits_of_0`].
///
/// Budgets of one user are those of AWS's quotas. AWS documents no others; those are multiplied by
/// [`LimitsConfig::multiplier`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// ForgotPassword.
    pub forgot_password_per_hour: u32,
    /// ConfirmForgotPassword.
    pub confirm_forgot_password_per_hour: u32,
    /// ResendConfirmationCode.
    pub resend_confirmation_code_per_hour: u32,
    /// ConfirmSignUp.
    pub confirm_sign_up_per_hour: u32,
    /// ChangePassword.
    pub change_password_per_hour: u32,
    /// GetUserAttributeVerificationCode.
    pub get_attribute_code_per_hour: u32,
    /// Codes that UpdateUserAttributes sends.
    pub update_attributes_codes_per_hour: u32,
    /// VerifyUserAttribute.
    pub verify_attribute_per_hour: u32,
    /// The limits above are of one user and, where no token proves the user, one source. From all sources
    /// together a user has so many times as much.
    pub user_margin: u32,
    /// Wrong tries after which a code is worth nothing. Absent: 5 in production, 100 in development.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong_tries_per_code: Option<u32>,
    /// Wrong passwords in a row of one user and source before the first lock, which lasts a second. Each
    /// further one doubles it.
    pub lockout_free_tries: u32,
    /// The longest lock, in seconds.
    pub lockout_max_seconds: u64,
    /// Seconds without an attempt after which the count starts again.
    pub lockout_reset_seconds: u64,
    /// Wrong passwords of one user from all sources together.
    pub wrong_passwords_per_user_and_hour: u32,
    /// Whether production starts although a limit or a lock-out is 0.
    pub accept_limits_of_0: bool,
    /// By how much the limits below are multiplied. Absent: 1 in production, 100 in development.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<u32>,
    /// Limits of one e-mail address or phone number in a pool.
    pub address: AddressLimits,
    /// Limits of one source in a pool: an IPv4 address, or an IPv6 network of 64 bits.
    #[serde(deserialize_with = "of_source")]
    pub source: UsageLimits,
    /// Limits of one app client.
    #[serde(deserialize_with = "of_many")]
    pub client: UsageLimits,
    /// Limits of one pool.
    #[serde(deserialize_with = "of_many")]
    pub pool: UsageLimits,
}

/// Limits of one e-mail address or phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AddressLimits {
    /// Codes that are sent to it.
    pub messages_per_hour: u32,
    /// Codes that are tried out by any user that has it.
    pub guesses_per_hour: u32,
    /// Tries to take it over from the user that has verified it (ForceAliasCreation).
    pub take_overs_per_day: u32,
    /// Messages to it that somebody signed in from a new device (`notifications.new_devices`).
    pub new_device_notices_per_day: u32,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            messages_per_hour: 20,
            guesses_per_hour: 60,
            take_overs_per_day: 5,
            new_device_notices_per_day: 10,
        }
    }
}

/// Limits of a source, an app client or a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageLimits {
    /// Codes that are sent.
    pub messages_per_hour: u32,
    /// Wrong passwords and codes.
    pub wrong_guesses_per_hour: u32,
    /// Passwords that are hashed, and SRP exchanges.
    pub hashes_per_minute: u32,
    /// Answers that tell whether a name or an address is taken.
    pub name_checks_per_hour: u32,
}

impl UsageLimits {
    const fn of_source() -> Self {
        Self {
            messages_per_hour: 60,
            wrong_guesses_per_hour: 100,
            hashes_per_minute: 300,
            name_checks_per_hour: 300,
        }
    }

    /// The limits of an app client or a pool, which many sources use.
    const fn of_many() -> Self {
        Self {
            messages_per_hour: 20_000,
            wrong_guesses_per_hour: 200_000,
            hashes_per_minute: 60_000,
            name_checks_per_hour: 200_000,
        }
    }
}

/// The keys that a section of the configuration gives.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GivenLimits {
    messages_per_hour: Option<u32>,
    wrong_guesses_per_hour: Option<u32>,
    hashes_per_minute: Option<u32>,
    name_checks_per_hour: Option<u32>,
}

impl GivenLimits {
    /// The section with `rest` for the keys that it does not give.
    fn or(self, rest: &UsageLimits) -> UsageLimits {
        UsageLimits {
            messages_per_hour: self.messages_per_hour.unwrap_or(rest.messages_per_hour),
            wrong_guesses_per_hour: self
                .wrong_guesses_per_hour
                .unwrap_or(rest.wrong_guesses_per_hour),
            hashes_per_minute: self.hashes_per_minute.unwrap_or(rest.hashes_per_minute),
            name_checks_per_hour: self
                .name_checks_per_hour
                .unwrap_or(rest.name_checks_per_hour),
        }
    }
}

fn of_source<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UsageLimits, D::Error> {
    Ok(GivenLimits::deserialize(deserializer)?.or(&UsageLimits::of_source()))
}

fn of_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UsageLimits, D::Error> {
    Ok(GivenLimits::deserialize(deserializer)?.or(&UsageLimits::of_many()))
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            // Cognito allows 5 to 20 for both together, depending on a risk score that this server does not
            // compute.
            forgot_password_per_hour: 20,
            confirm_forgot_password_per_hour: 20,
            resend_confirmation_code_per_hour: 5,
            confirm_sign_up_per_hour: 15,
            change_password_per_hour: 5,
            get_attribute_code_per_hour: 5,
            update_attributes_codes_per_hour: 10,
            verify_attribute_per_hour: 15,
            user_margin: 5,
            wrong_tries_per_code: None,
            lockout_free_tries: 5,
            lockout_max_seconds: 15 * 60,
            lockout_reset_seconds: 15 * 60,
            wrong_passwords_per_user_and_hour: 200,
            accept_limits_of_0: false,
            multiplier: None,
            address: AddressLimits::default(),
            source: UsageLimits::of_source(),
            client: UsageLimits::of_many(),
            pool: UsageLimits::of_many(),
        }
    }
}

impl LimitsConfig {
    /// Wrong tries after which a code is worth nothing.
    #[must_use]
    pub fn effective_wrong_tries_per_code(&self, is_development: bool) -> u32 {
        let default = if is_development { 100 } else { 5 };
        self.wrong_tries_per_code.unwrap_or(default)
    }

    /// By how much limits are multiplied that AWS does not document.
    #[must_use]
    pub fn effective_multiplier(&self, is_development: bool) -> u32 {
        let default = if is_development { 100 } else { 1 };
        self.multiplier.unwrap_or(default).max(1)
    }
}

/// Most attempts of one user or address in a period: the store keeps the times of all.
const MOST_EXACT: u32 = 1_000;

impl LimitsConfig {
    /// The keys that break a rule, each with the expected value.
    pub(super) fn violations(&self, is_development: bool) -> Vec<(String, String)> {
        let of_user = [
            ("forgot_password_per_hour", self.forgot_password_per_hour),
            (
                "confirm_forgot_password_per_hour",
                self.confirm_forgot_password_per_hour,
            ),
            (
                "resend_confirmation_code_per_hour",
                self.resend_confirmation_code_per_hour,
            ),
            ("confirm_sign_up_per_hour", self.confirm_sign_up_per_hour),
            ("change_password_per_hour", self.change_password_per_hour),
            (
                "get_attribute_code_per_hour",
                self.get_attribute_code_per_hour,
            ),
            (
                "update_attributes_codes_per_hour",
                self.update_attributes_codes_per_hour,
            ),
            ("verify_attribute_per_hour", self.verify_attribute_per_hour),
            (
                "wrong_passwords_per_user_and_hour",
                self.wrong_passwords_per_user_and_hour,
            ),
            ("address.messages_per_hour", self.address.messages_per_hour),
            ("address.guesses_per_hour", self.address.guesses_per_hour),
            (
                "address.take_overs_per_day",
                self.address.take_overs_per_day,
            ),
            (
                "address.new_device_notices_per_day",
                self.address.new_device_notices_per_day,
            ),
        ];
        let seconds = |seconds: u64| u32::try_from(seconds).unwrap_or(u32::MAX);
        let others = [
            ("user_margin", self.user_margin),
            ("lockout_free_tries", self.lockout_free_tries),
            ("lockout_max_seconds", seconds(self.lockout_max_seconds)),
            ("lockout_reset_seconds", seconds(self.lockout_reset_seconds)),
            (
                "wrong_tries_per_code",
                self.wrong_tries_per_code.unwrap_or(1),
            ),
            ("multiplier", self.multiplier.unwrap_or(1)),
        ];
        let usage = [
            self.source.keys("source"),
            self.client.keys("client"),
            self.pool.keys("pool"),
        ];
        let named = |(key, limit): (&str, u32)| (format!("limits.{key}"), limit);
        let too_many = of_user
            .into_iter()
            .filter(|(_, limit)| *limit > MOST_EXACT)
            .map(named)
            .map(|(key, _)| (key, format!("expected at most {MOST_EXACT}")));
        let all = of_user.into_iter().chain(others).map(named);
        let off = all
            .chain(usage.into_iter().flatten())
            .filter(|(_, limit)| *limit == 0 && !is_development && !self.accept_limits_of_0)
            .map(|(key, _)| {
                let text = "0 switches the limit off, so that strangers can guess or send without end; set \
                            one, or `limits.accept_limits_of_0 = true`";
                (key, text.to_owned())
            });
        too_many.chain(off).collect()
    }
}

impl UsageLimits {
    /// The limits by their keys in the configuration.
    fn keys(&self, section: &str) -> [(String, u32); 4] {
        [
            ("messages_per_hour", self.messages_per_hour),
            ("wrong_guesses_per_hour", self.wrong_guesses_per_hour),
            ("hashes_per_minute", self.hashes_per_minute),
            ("name_checks_per_hour", self.name_checks_per_hour),
        ]
        .map(|(key, limit)| (format!("limits.{section}.{key}"), limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_is_generous_unless_it_is_told_otherwise() {
        let limits = LimitsConfig::default();
        assert_eq!(limits.effective_multiplier(true), 100);
        assert_eq!(limits.effective_multiplier(false), 1);
        assert_eq!(limits.effective_wrong_tries_per_code(true), 100);
        assert_eq!(limits.effective_wrong_tries_per_code(false), 5);
        let told = LimitsConfig {
            multiplier: Some(2),
            wrong_tries_per_code: Some(7),
            ..limits
        };
        assert_eq!(told.effective_multiplier(true), 2);
        assert_eq!(told.effective_wrong_tries_per_code(false), 7);
    }

    #[test]
    fn a_section_that_gives_one_key_keeps_its_own_defaults_for_the_others() {
        let limits: LimitsConfig =
            toml::from_str("[client]\nmessages_per_hour = 7\n[source]\nmessages_per_hour = 3")
                .unwrap();
        assert_eq!(limits.client.messages_per_hour, 7);
        assert_eq!(limits.client.wrong_guesses_per_hour, 200_000);
        assert_eq!(limits.source.messages_per_hour, 3);
        assert_eq!(limits.source.wrong_guesses_per_hour, 100);
    }

    #[test]
    fn production_refuses_limits_that_are_off_and_each_profile_those_that_cannot_be_kept() {
        let mut limits = LimitsConfig::default();
        assert!(limits.violations(false).is_empty());
        limits.address.messages_per_hour = 0;
        limits.pool.hashes_per_minute = 0;
        limits.user_margin = 0;
        limits.lockout_reset_seconds = 0;
        limits.confirm_sign_up_per_hour = 1_001;
        let keys = |is_development| -> Vec<String> {
            let violations = limits.violations(is_development).into_iter();
            violations.map(|(key, _)| key).collect()
        };
        assert_eq!(keys(true), ["limits.confirm_sign_up_per_hour"]);
        assert_eq!(
            keys(false),
            [
                "limits.confirm_sign_up_per_hour",
                "limits.address.messages_per_hour",
                "limits.user_margin",
                "limits.lockout_reset_seconds",
                "limits.pool.hashes_per_minute",
            ]
        );
        limits.accept_limits_of_0 = true;
        let left = limits.violations(false);
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
