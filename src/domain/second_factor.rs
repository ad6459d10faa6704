//! Second factors: of a user, with what may be changed about them, and of a pool.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::attribute::Contact;

/// A second factor, in the order in which the interface lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// A code by SMS.
    Sms,
    /// A code of an authenticator app (TOTP).
    SoftwareToken,
    /// A code by e-mail.
    Email,
}

impl SecondFactor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sms, Self::SoftwareToken, Self::Email];

    /// The word for it in the interface (behaviour 5.4).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS_MFA",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }

    /// The factor with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.as_str() == word)
    }

    /// The contact that its codes are sent to; `None` if none are sent.
    #[must_use]
    pub const fn contact(self) -> Option<Contact> {
        match self {
            Self::Sms => Some(Contact::PhoneNumber),
            Self::Email => Some(Contact::Email),
            Self::SoftwareToken => None,
        }
    }
}

/// The second factors that a user has turned on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserMfa {
    /// Those that are on.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub enabled: BTreeSet<SecondFactor>,
    /// The one that is asked for where several are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred: Option<SecondFactor>,
    /// Whether a passkey whose authenticator has verified its user counts as both factors, where the pool has that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub passkey_as_both: bool,
    /// Whether SMS was turned on by SetUserSettings, which GetUser then shows as `MFAOptions`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sms_by_settings: bool,
    /// Whether the sign-up has been confirmed and nobody has signed in since: that sign-in needs no second
    /// factor (administration 2.6).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub first_sign_in: bool,
}

/// A change of one factor (SetUserMFAPreference); what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactorChange {
    /// Whether it is on.
    pub enabled: Option<bool>,
    /// Whether it is preferred.
    pub preferred: Option<bool>,
}

impl UserMfa {
    /// Whether the user's choice of second factors is another one.
    #[must_use]
    pub fn factors_differ(&self, other: &Self) -> bool {
        (&self.enabled, self.preferred, self.passkey_as_both)
            != (&other.enabled, other.preferred, other.passkey_as_both)
    }

    /// Turns a factor on.
    pub fn turn_on(&mut self, factor: SecondFactor) {
        self.enabled.insert(factor);
    }

    /// Turns a factor off, which is then not preferred either.
    pub fn turn_off(&mut self, factor: SecondFactor) {
        self.enabled.remove(&factor);
        if self.preferred == Some(factor) {
            self.preferred = None;
        }
        if factor == SecondFactor::Sms {
            self.sms_by_settings = false;
        }
    }

    /// Carries out a change that [`preference_fault`] has not refused.
    pub fn apply(&mut self, factor: SecondFactor, change: FactorChange) {
        match change.enabled {
            Some(true) => self.turn_on(factor),
            Some(false) => self.turn_off(factor),
            None => {}
        }
        match change.preferred {
            Some(true) => self.preferred = Some(factor),
            Some(false) if self.preferred == Some(factor) => self.preferred = None,
            Some(false) | None => {}
        }
    }
}

/// What is wrong with a change of preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreferenceFault {
    /// Two factors are to be preferred.
    TwoPreferred,
    /// A factor is to be preferred that is not on.
    PreferredIsOff(SecondFactor),
    /// The factor has no app, phone number or e-mail address.
    NotSetUp(SecondFactor),
}

/// Why these changes cannot be carried out (administration 2.3); `has` says of each factor whether the user has
/// what it needs.
#[must_use]
pub fn preference_fault(
    current: &UserMfa,
    changes: &[(SecondFactor, FactorChange)],
    has: impl Fn(SecondFactor) -> bool,
) -> Option<PreferenceFault> {
    let preferred = |(_, change): &&(SecondFactor, FactorChange)| change.preferred == Some(true);
    if changes.iter().filter(preferred).count() > 1 {
        return Some(PreferenceFault::TwoPreferred);
    }
    for (factor, change) in changes {
        let is_on = change
            .enabled
            .unwrap_or_else(|| current.enabled.contains(factor));
        if change.preferred == Some(true) && !is_on {
            return Some(PreferenceFault::PreferredIsOff(*factor));
        }
        if change.enabled == Some(true) && !has(*factor) {
            return Some(PreferenceFault::NotSetUp(*factor));
        }
    }
    None
}

/// The second factors of a pool, as SetUserPoolMfaConfig sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolFactors {
    /// Codes by SMS; `None` when never set, see [`super::user_pool::PoolSettings::has_factor`].
    pub sms: Option<bool>,
    /// Codes of authenticator apps; `None` when never set.
    pub software_token: Option<bool>,
    /// Codes by e-mail; `None` when never set.
    pub email: Option<EmailFactor>,
}

/// The texts of e-mails that carry a code for signing in; `None` where the default is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EmailFactor {
    /// The body, with `{####}`.
    pub message: Option<String>,
    /// The subject.
    pub subject: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_that_is_turned_off_is_preferred_no_more() {
        let mut mfa = UserMfa {
            enabled: BTreeSet::from([SecondFactor::Sms]),
            preferred: Some(SecondFactor::Sms),
            ..UserMfa::default()
        };
        mfa.apply(
            SecondFactor::Sms,
            FactorChange {
                enabled: Some(false),
                preferred: None,
            },
        );
        assert_eq!(mfa, UserMfa::default());
    }

    #[test]
    fn faults_of_preferences() {
        use SecondFactor::{Sms, SoftwareToken};
        let change = |enabled, preferred| FactorChange { enabled, preferred };
        let on = change(Some(true), Some(true));
        let fault = |current: &UserMfa, changes: &[(SecondFactor, FactorChange)]| {
            preference_fault(current, changes, |factor| factor == Sms)
        };
        let nothing = UserMfa::default();
        assert_eq!(fault(&nothing, &[(Sms, on)]), None);
        assert_eq!(
            fault(&nothing, &[(Sms, on), (SoftwareToken, on)]),
            Some(PreferenceFault::TwoPreferred)
        );
        assert_eq!(
            fault(&nothing, &[(Sms, change(Some(false), Some(true)))]),
            Some(PreferenceFault::PreferredIsOff(Sms))
        );
        assert_eq!(
            fault(&nothing, &[(Sms, change(None, Some(true)))]),
            Some(PreferenceFault::PreferredIsOff(Sms))
        );
        assert_eq!(
            fault(&nothing, &[(SoftwareToken, change(Some(true), None))]),
            Some(PreferenceFault::NotSetUp(SoftwareToken))
        );
    }
}
