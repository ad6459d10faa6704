//! Which second factor a sign-in asks for.

use super::attribute::{Attributes, Contact};
use super::second_factor::{SecondFactor, UserMfa};
use super::user_pool::{MfaMode, PoolSettings, RecoveryMeans};

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
    /// Whether the login pages offer this factor to a user who has to set one up. E-mail is none where it is what a
    /// forgotten password is recovered by first (domain 10.2), unless the pool has no other factor: nobody could sign in.
    #[must_use]
    pub fn offers_to_set_up(&self, factor: SecondFactor) -> bool {
        let mechanisms = self.account_recovery.iter().flatten();
        let first = mechanisms.min_by_key(|mechanism| mechanism.priority);
        let recovers_by_email = first.is_some_and(|first| first.by == RecoveryMeans::VerifiedEmail);
        let others = [SecondFactor::Sms, SecondFactor::SoftwareToken];
        factor != SecondFactor::Email
            || !recovers_by_email
            || !others.into_iter().any(|other| self.has_factor(other))
    }

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
    let usable = usable(settings, user, attributes);
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
    let sendable = sendable(settings, attributes);
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

/// The second factors that a user can prove now: those that it has turned on; where it has none, and the pool
/// requires one, those that need only a message.
#[must_use]
pub fn provable(
    settings: &PoolSettings,
    user: &UserMfa,
    attributes: &Attributes,
) -> Vec<SecondFactor> {
    if settings.mfa == MfaMode::Off {
        return Vec::new();
    }
    let usable = usable(settings, user, attributes);
    if usable.is_empty() && settings.mfa == MfaMode::On {
        return sendable(settings, attributes);
    }
    usable
}

/// Whether the pool has the factor, and the user the contact that it needs.
fn is_usable(settings: &PoolSettings, attributes: &Attributes, factor: SecondFactor) -> bool {
    settings.has_factor(factor)
        && factor
            .contact()
            .is_none_or(|contact| contact.of(attributes).is_some())
}

/// The second factors that the user has turned on and can use.
fn usable(settings: &PoolSettings, user: &UserMfa, attributes: &Attributes) -> Vec<SecondFactor> {
    let enabled = user.enabled.iter().copied();
    enabled
        .filter(|factor| is_usable(settings, attributes, *factor))
        .collect()
}

/// The second factors that need only a message, which does not go where a forgotten password is recovered.
fn sendable(settings: &PoolSettings, attributes: &Attributes) -> Vec<SecondFactor> {
    let recovery = recovery_contact(settings, attributes);
    [SecondFactor::Sms, SecondFactor::Email]
        .into_iter()
        .filter(|factor| is_usable(settings, attributes, *factor) && factor.contact() != recovery)
        .collect()
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
    use crate::domain::second_factor::{EmailFactor, PoolFactors};

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
}
