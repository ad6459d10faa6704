//! Second factors: which a pool has, which a user has set up, and which one a sign-in asks for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::attribute::{Attributes, Contact};
use super::user_pool::{MfaMode, PoolSettings, RecoveryMeans};

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
    /// Codes by SMS; `None` when never set, see [`PoolSettings::has_factor`].
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

impl PoolSettings {
    /// Whether a second factor is on in the pool.
    ///
    /// CreateUserPool and UpdateUserPool set no factors, only whether one is asked for. A pool that was set up
    /// by them alone has SMS, if it has what AWS needs for that.
    #[must_use]
    pub fn has_factor(&self, factor: SecondFactor) -> bool {
        match factor {
            SecondFactor::Sms => self.factors.sms.unwrap_or_else(|| self.sms.is_some()),
            SecondFactor::SoftwareToken => self.factors.software_token == Some(true),
            SecondFactor::Email => self.factors.email.is_some(),
        }
    }
}

impl PoolSettings {
    /// Whether SetUserPoolMfaConfig has turned on a factor that CreateUserPool and UpdateUserPool do not know.
    #[must_use]
    pub fn has_other_factor_than_sms(&self) -> bool {
        [SecondFactor::SoftwareToken, SecondFactor::Email]
            .into_iter()
            .any(|factor| self.has_factor(factor))
    }
}

/// What a sign-in asks for once the first factor is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// This factor.
    Factor(SecondFactor),
    /// One of these, which the user chooses.
    Choice(Vec<SecondFactor>),
    /// That one of these is set up.
    SetUp(Vec<SecondFactor>),
}

/// What a sign-in asks for (behaviour 5.6): nothing in a pool without second factors; in one where they are
/// optional what the user has turned on; in one where they are required also what the user has not.
#[must_use]
pub fn demand(settings: &PoolSettings, user: &UserMfa, attributes: &Attributes) -> Demand {
    if settings.mfa == MfaMode::Off {
        return Demand::Nothing;
    }
    let is_usable = |factor: &SecondFactor| {
        settings.has_factor(*factor)
            && factor
                .contact()
                .is_none_or(|contact| contact.of(attributes).is_some())
    };
    let usable: Vec<SecondFactor> = user.enabled.iter().copied().filter(is_usable).collect();
    if let Some(preferred) = user.preferred.filter(|factor| usable.contains(factor)) {
        return Demand::Factor(preferred);
    }
    match usable.as_slice() {
        [] => {}
        [only] => return Demand::Factor(*only),
        _ => return Demand::Choice(usable),
    }
    if settings.mfa == MfaMode::Optional || user.first_sign_in {
        return Demand::Nothing;
    }
    let by_message = [SecondFactor::Sms, SecondFactor::Email];
    let recovery = recovery_contact(settings, attributes);
    let sendable: Vec<SecondFactor> = by_message
        .into_iter()
        .filter(|factor| is_usable(factor) && factor.contact() != recovery)
        .collect();
    match sendable.as_slice() {
        [] => Demand::SetUp(
            SecondFactor::ALL
                .into_iter()
                .filter(|factor| settings.has_factor(*factor))
                .collect(),
        ),
        [only] => Demand::Factor(*only),
        _ => Demand::Choice(sendable),
    }
}

/// The contact that a forgotten password of the user is recovered by: its holder could otherwise pass both
/// factors.
fn recovery_contact(settings: &PoolSettings, attributes: &Attributes) -> Option<Contact> {
    let mut mechanisms = settings.account_recovery.clone().unwrap_or_default();
    mechanisms.sort_by_key(|mechanism| mechanism.priority);
    mechanisms
        .iter()
        .filter_map(|mechanism| match mechanism.by {
            RecoveryMeans::VerifiedEmail => Some(Contact::Email),
            RecoveryMeans::VerifiedPhoneNumber => Some(Contact::PhoneNumber),
            RecoveryMeans::AdminOnly => None,
        })
        .find(|contact| matches!(contact.of(attributes), Some((_, true))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message_settings::SmsSettings;

    fn pool(mfa: MfaMode, factors: &[SecondFactor]) -> PoolSettings {
        let has = |factor| factors.contains(&factor);
        PoolSettings {
            mfa,
            factors: PoolFactors {
                sms: Some(has(SecondFactor::Sms)),
                software_token: Some(has(SecondFactor::SoftwareToken)),
                email: has(SecondFactor::Email).then(EmailFactor::default),
            },
            ..PoolSettings::default()
        }
    }

    fn user(enabled: &[SecondFactor], preferred: Option<SecondFactor>) -> UserMfa {
        UserMfa {
            enabled: enabled.iter().copied().collect(),
            preferred,
            ..UserMfa::default()
        }
    }

    fn attributes(of: &[(&str, &str)]) -> Attributes {
        of.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    type Row<'a> = (
        MfaMode,
        &'a [SecondFactor],
        UserMfa,
        &'a [(&'a str, &'a str)],
        Demand,
    );

    /// Behaviour 5.6 as a table.
    #[test]
    fn what_a_sign_in_asks_for() {
        use Demand::{Choice, Factor, Nothing, SetUp};
        use SecondFactor::{Email, Sms, SoftwareToken};
        let all = SecondFactor::ALL;
        let phone = [("phone_number", "+15550100")];
        let both = [
            ("phone_number", "+15550100"),
            ("email", "a@x.io"),
            ("email_verified", "true"),
        ];
        let (off, optional, on) = (MfaMode::Off, MfaMode::Optional, MfaMode::On);
        let rows: [Row<'_>; 16] = [
            (off, &all, user(&all, None), &both, Nothing),
            (optional, &all, user(&[], None), &both, Nothing),
            (optional, &all, user(&[Sms], None), &phone, Factor(Sms)),
            (optional, &all, user(&[Sms], None), &[], Nothing),
            (optional, &[Email], user(&[Sms], None), &phone, Nothing),
            (
                optional,
                &all,
                user(&[Sms, SoftwareToken], None),
                &phone,
                Choice(vec![Sms, SoftwareToken]),
            ),
            (
                optional,
                &all,
                user(&[Sms, SoftwareToken], Some(SoftwareToken)),
                &phone,
                Factor(SoftwareToken),
            ),
            // The preferred factor has no address any more.
            (
                optional,
                &all,
                user(&[Sms, SoftwareToken], Some(Sms)),
                &[],
                Factor(SoftwareToken),
            ),
            (
                on,
                &all,
                user(&[SoftwareToken], None),
                &[],
                Factor(SoftwareToken),
            ),
            (on, &[Sms], user(&[], None), &phone, Factor(Sms)),
            (
                on,
                &[SoftwareToken],
                user(&[], None),
                &phone,
                SetUp(vec![SoftwareToken]),
            ),
            // The e-mail address recovers the password.
            (on, &all, user(&[], None), &both, Factor(Sms)),
            (on, &[Email], user(&[], None), &both, SetUp(vec![Email])),
            (on, &all, user(&[], None), &[], SetUp(all.to_vec())),
            (
                on,
                &[Sms, Email],
                user(&[], None),
                &[("phone_number", "+15550100"), ("email", "a@x.io")],
                Choice(vec![Sms, Email]),
            ),
            (
                on,
                &all,
                UserMfa {
                    first_sign_in: true,
                    ..UserMfa::default()
                },
                &both,
                Nothing,
            ),
        ];
        for (number, (mode, factors, mfa, has, expected)) in rows.into_iter().enumerate() {
            let found = demand(&pool(mode, factors), &mfa, &attributes(has));
            assert_eq!(found, expected, "row {number}");
        }
    }

    #[test]
    fn a_pool_that_was_never_given_factors_has_sms_if_it_can_send_it() {
        let mut settings = PoolSettings {
            mfa: MfaMode::Optional,
            ..PoolSettings::default()
        };
        assert!(!settings.has_factor(SecondFactor::Sms));
        settings.sms = Some(SmsSettings::default());
        assert!(settings.has_factor(SecondFactor::Sms));
        settings.factors.sms = Some(false);
        assert!(!settings.has_factor(SecondFactor::Sms));
    }

    #[test]
    fn a_factor_that_is_turned_off_is_preferred_no_more() {
        let mut mfa = user(&[SecondFactor::Sms], Some(SecondFactor::Sms));
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
