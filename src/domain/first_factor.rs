//! Choice-based sign-in (USER_AUTH, behaviour 5.7): the first factors among which a user chooses.

use super::acr::StepUp;
use super::attribute::{Attributes, Contact};
use super::mfa::{Demand, demand};
use super::second_factor::{SecondFactor, UserMfa};
use super::session::SignInMethod;
use super::sign_in_settings::{FirstFactor, WebAuthnSettings};
use super::user::{User, UserStatus};
use super::user_pool::{MfaMode, PoolSettings};

/// A way to begin, as `AvailableChallenges` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A code by e-mail.
    EmailOtp,
    /// A code by SMS.
    SmsOtp,
    /// The password, proven by SRP.
    PasswordSrp,
    /// The password, sent to the server.
    Password,
    /// A passkey.
    Passkey,
}

impl Choice {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::EmailOtp,
        Self::SmsOtp,
        Self::PasswordSrp,
        Self::Password,
        Self::Passkey,
    ];

    /// The word for it in the interface.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Password => "PASSWORD",
            Self::Passkey => "WEB_AUTHN",
        }
    }

    /// The choice with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == word)
    }

    /// The method of a sign-in that begins with it.
    #[must_use]
    pub const fn method(self) -> SignInMethod {
        match self {
            Self::EmailOtp => SignInMethod::EmailOtp,
            Self::SmsOtp => SignInMethod::SmsOtp,
            Self::PasswordSrp => SignInMethod::Srp,
            Self::Password => SignInMethod::Password,
            Self::Passkey => SignInMethod::Passkey,
        }
    }

    const fn factor(self) -> FirstFactor {
        match self {
            Self::EmailOtp => FirstFactor::EmailOtp,
            Self::SmsOtp => FirstFactor::SmsOtp,
            Self::PasswordSrp | Self::Password => FirstFactor::Password,
            Self::Passkey => FirstFactor::WebAuthn,
        }
    }

    /// The contact that its codes are sent to; `None` if none are sent.
    #[must_use]
    pub const fn contact(self) -> Option<Contact> {
        match self {
            Self::EmailOtp => Some(Contact::Email),
            Self::SmsOtp => Some(Contact::PhoneNumber),
            Self::PasswordSrp | Self::Password | Self::Passkey => None,
        }
    }
}

/// What a user has to begin with, beside contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Has {
    /// A password.
    pub password: bool,
    /// A passkey for the pool's present domain.
    pub passkey: bool,
}

/// What the user can begin with. A user who has a second factor, or a temporary password, begins with the password
/// (administration 2.6), or with a passkey that counts as both factors.
#[must_use]
pub fn choices(settings: &PoolSettings, user: &User, has: Has) -> Vec<Choice> {
    let needs_second = demand(settings, &user.mfa, &user.attributes) != Demand::Nothing;
    let is_both = needs_second && counts_as_both(settings, &user.mfa);
    let password_only = needs_second || user.status == UserStatus::ForceChangePassword;
    of_pool(settings)
        .into_iter()
        .filter(|choice| match choice {
            Choice::EmailOtp | Choice::SmsOtp => {
                let contact = choice.contact();
                let has = contact.is_some_and(|contact| contact.of(&user.attributes).is_some());
                has && !password_only
            }
            Choice::PasswordSrp | Choice::Password => has.password,
            Choice::Passkey => has.passkey && (!password_only || is_both),
        })
        .collect()
}

/// Whether a passkey of the user, whose authenticator has verified it, counts as both factors (administration 12.3).
#[must_use]
pub fn counts_as_both(settings: &PoolSettings, user: &UserMfa) -> bool {
    let of_pool = settings
        .web_authn
        .as_ref()
        .is_some_and(WebAuthnSettings::counts_as_both);
    of_pool && user.passkey_as_both
}

/// Whether a sign-in in the pool can begin with this factor.
#[must_use]
pub fn can_be_first(settings: &PoolSettings, factor: FirstFactor) -> bool {
    of_pool(settings)
        .iter()
        .any(|choice| choice.factor() == factor)
}

/// What a user can begin with who has all that the pool takes. It is answered for a name that nobody has, where an
/// app client hides users.
#[must_use]
pub fn of_pool(settings: &PoolSettings) -> Vec<Choice> {
    let takes_codes = settings.mfa != MfaMode::On;
    Choice::ALL
        .into_iter()
        .filter(|choice| settings.first_factors.contains(&choice.factor()))
        .filter(|choice| takes_codes || choice.contact().is_none())
        .collect()
}

/// What a sign-in on the pool's pages can begin with. `chooses` is whether users choose how to go on once they have given
/// their name; else the password comes with it.
#[must_use]
pub fn on_page(settings: &PoolSettings, chooses: bool) -> Vec<Choice> {
    if chooses {
        of_pool(settings)
    } else {
        vec![Choice::Password]
    }
}

/// Whether a sign-in that begins with this choice can reach, in this pool, what it was asked to prove. What the user
/// has is not looked at, as this is asked before anything is proven.
#[must_use]
pub fn may_begin_with(settings: &PoolSettings, step_up: &StepUp, choice: Choice) -> bool {
    let has_second = settings.mfa != MfaMode::Off;
    let second: Vec<SecondFactor> = SecondFactor::ALL
        .into_iter()
        .filter(|factor| has_second && settings.has_factor(*factor))
        .collect();
    step_up.may_begin_with(choice.method().factors(), &second)
}

/// Whether a user with these attributes can begin with a code.
#[must_use]
pub fn can_begin_with_code(settings: &PoolSettings, attributes: &Attributes) -> bool {
    of_pool(settings)
        .into_iter()
        .filter_map(Choice::contact)
        .any(|contact| contact.of(attributes).is_some())
}

/// Whether a user with these attributes can sign up without a password (behaviour 3.1): a code can be the first factor,
/// and the sign-up verifies the address that it goes to.
#[must_use]
pub fn needs_no_password(settings: &PoolSettings, attributes: &Attributes) -> bool {
    of_pool(settings)
        .into_iter()
        .filter_map(Choice::contact)
        .any(|contact| {
            settings.auto_verified.contains(&contact) && contact.of(attributes).is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::second_factor::PoolFactors;
    use crate::domain::time::Timestamp;

    fn pool(factors: &[FirstFactor], mfa: MfaMode) -> PoolSettings {
        PoolSettings {
            first_factors: factors.to_vec(),
            mfa,
            factors: PoolFactors {
                software_token: Some(true),
                ..PoolFactors::default()
            },
            ..PoolSettings::default()
        }
    }

    fn user(status: UserStatus, attributes: &[&str], mfa: &[SecondFactor]) -> User {
        User {
            pool_id: "us-east-1_A".to_owned(),
            id: "id".to_owned(),
            username: "ada".to_owned(),
            status,
            enabled: true,
            attributes: attributes
                .iter()
                .map(|name| ((*name).to_owned(), "value".to_owned()))
                .collect(),
            mfa: UserMfa {
                enabled: mfa.iter().copied().collect(),
                ..UserMfa::default()
            },
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
            credentials_version: 1,
            version: 1,
        }
    }

    #[test]
    fn what_a_user_can_begin_with() {
        use Choice::{EmailOtp, Password, PasswordSrp, SmsOtp};
        use UserStatus::{Confirmed, ForceChangePassword};
        let all = [
            FirstFactor::Password,
            FirstFactor::EmailOtp,
            FirstFactor::SmsOtp,
        ];
        let (off, optional) = (MfaMode::Off, MfaMode::Optional);
        let both = ["email", "phone_number"];
        let passwords = vec![PasswordSrp, Password];
        let nothing = Has {
            password: false,
            passkey: false,
        };
        let password = Has {
            password: true,
            ..nothing
        };
        let everything = Has {
            passkey: true,
            ..password
        };
        let with_passkeys = [all.as_slice(), &[FirstFactor::WebAuthn]].concat();
        let rows = [
            (
                pool(&all, off),
                user(Confirmed, &both, &[]),
                password,
                vec![EmailOtp, SmsOtp, PasswordSrp, Password],
            ),
            (
                pool(&all, off),
                user(Confirmed, &both, &[]),
                nothing,
                vec![EmailOtp, SmsOtp],
            ),
            (
                pool(&all, off),
                user(Confirmed, &["phone_number"], &[]),
                password,
                vec![SmsOtp, PasswordSrp, Password],
            ),
            (
                pool(&[FirstFactor::Password], off),
                user(Confirmed, &both, &[]),
                password,
                passwords.clone(),
            ),
            (
                pool(&all, off),
                user(ForceChangePassword, &both, &[]),
                password,
                passwords.clone(),
            ),
            (
                pool(&all, optional),
                user(Confirmed, &both, &[SecondFactor::SoftwareToken]),
                password,
                passwords.clone(),
            ),
            (
                pool(&all, optional),
                user(Confirmed, &[], &[]),
                nothing,
                vec![],
            ),
            (
                pool(&with_passkeys, off),
                user(Confirmed, &both, &[]),
                everything,
                Choice::ALL.to_vec(),
            ),
            (
                pool(&all, off),
                user(Confirmed, &[], &[]),
                everything,
                passwords.clone(),
            ),
            (
                pool(&with_passkeys, optional),
                user(Confirmed, &both, &[SecondFactor::SoftwareToken]),
                everything,
                passwords,
            ),
        ];
        for (number, (settings, user, has, expected)) in rows.into_iter().enumerate() {
            assert_eq!(choices(&settings, &user, has), expected, "row {number}");
        }
    }

    #[test]
    fn a_sign_up_needs_a_password_unless_a_code_verifies_the_address() {
        let attributes = user(UserStatus::Unconfirmed, &["email"], &[]).attributes;
        let settings = |factors: &[FirstFactor], auto_verified: &[Contact]| PoolSettings {
            auto_verified: auto_verified.to_vec(),
            ..pool(factors, MfaMode::Off)
        };
        let codes = [FirstFactor::Password, FirstFactor::EmailOtp];
        let (email, phone) = ([Contact::Email], [Contact::PhoneNumber]);
        assert!(needs_no_password(&settings(&codes, &email), &attributes));
        assert!(!needs_no_password(&settings(&codes, &phone), &attributes));
        assert!(!needs_no_password(
            &settings(&codes, &email),
            &Attributes::new()
        ));
        let password = [FirstFactor::Password];
        assert!(!needs_no_password(
            &settings(&password, &email),
            &attributes
        ));
    }

    #[test]
    fn a_pool_that_requires_a_second_factor_takes_no_codes_as_the_first() {
        let factors = [FirstFactor::Password, FirstFactor::EmailOtp];
        assert_eq!(
            of_pool(&pool(&factors, MfaMode::On)),
            [Choice::PasswordSrp, Choice::Password]
        );
        assert_eq!(
            of_pool(&pool(&factors, MfaMode::Optional)),
            [Choice::EmailOtp, Choice::PasswordSrp, Choice::Password]
        );
    }
}
