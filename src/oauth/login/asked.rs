//! What a sign-in asks for between two pages. The hidden fields of the form carry it, so that any node can take the next
//! step; the session among them is sealed.

use crate::app::App;
use crate::domain::attribute::Contact;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::domain::user_pool::PoolSettings;
use crate::flows::authentication::first_factor;
use crate::flows::authentication::outcome::{CodeChallenge, Outcome, SentCodeRequired};
use crate::oauth::form::Form;

/// The hidden fields that carry a sign-in on: what is answered, the sealed session, and the user.
pub(super) const STEP: &str = "step";
pub(super) const SESSION: &str = "session";
pub(super) const USER: &str = "user";
/// The masked address that a code went to.
pub(super) const DESTINATION: &str = "destination";
/// What a choice is made among, or the attributes that are asked for, with blanks between the names.
pub(super) const OFFERED: &str = "offered";
/// What the browser asks an authenticator for.
pub(super) const OPTIONS: &str = "options";
/// The secret of the app that is being set up. The page shows it; what counts is sealed in the session.
pub(super) const SECRET: &str = "secret";

/// The most characters of an app's secret that a form may bring: more than the server's own secrets have.
const MAX_SECRET: usize = 64;

const NEW_PASSWORD: &str = "NEW_PASSWORD_REQUIRED";
const SELECT_FIRST: &str = "SELECT_CHALLENGE";
const PASSWORD: &str = "PASSWORD";
const FIRST_EMAIL: &str = "FIRST_EMAIL_OTP";
const FIRST_SMS: &str = "SMS_OTP";
const PASSKEY: &str = "WEB_AUTHN";
const SELECT_SECOND: &str = "SELECT_MFA_TYPE";
const SET_UP: &str = "MFA_SETUP";
const SET_UP_APP: &str = "MFA_SETUP_APP";
const SET_UP_EMAIL: &str = "MFA_SETUP_EMAIL";
const SET_UP_SMS: &str = "MFA_SETUP_SMS";

/// What a sign-in asks for, and of whom.
#[derive(Clone)]
pub(super) struct Asked {
    pub what: What,
    /// The sealed session of the challenge.
    pub session: String,
    /// The name that the user has given, or the username.
    pub user: String,
}

#[derive(Clone)]
pub(super) enum What {
    /// A new password, and these attributes.
    NewPassword { required: Vec<String> },
    /// One of these first factors.
    SelectFirst { offered: Vec<Choice> },
    /// The password, as the first factor among these.
    Password { offered: Vec<Choice> },
    /// The code of a first factor, which is one of these.
    FirstCode {
        choice: Choice,
        destination: String,
        offered: Vec<Choice>,
    },
    /// A passkey, as the first factor among these.
    Passkey {
        options: String,
        offered: Vec<Choice>,
    },
    /// The code of a second factor; the destination is empty for an app.
    Code {
        factor: SecondFactor,
        destination: String,
    },
    /// One of these second factors.
    SelectSecond { offered: Vec<SecondFactor> },
    /// Which of these second factors is set up.
    SetUp { offered: Vec<SecondFactor> },
    /// A code of the app with this secret, which is set up.
    SetUpApp {
        secret: String,
        offered: Vec<SecondFactor>,
    },
    /// Where codes are to go.
    SetUpContact {
        contact: Contact,
        offered: Vec<SecondFactor>,
    },
}

impl Asked {
    /// What the outcome of a step asks of the user who gave this name; `None` if the pages do not have it.
    pub fn of_outcome(app: &App, outcome: Outcome, name: &str) -> Option<Self> {
        let (what, session, user) = match outcome {
            Outcome::NewPasswordRequired(challenge) => (
                What::NewPassword {
                    required: challenge.required,
                },
                challenge.session,
                challenge.username,
            ),
            Outcome::SelectFirstFactor(choice) => {
                let offered = with_pages(&choice.choices);
                let what = if offered == [Choice::Password] {
                    What::Password { offered }
                } else {
                    What::SelectFirst { offered }
                };
                (what, choice.session, name.to_owned())
            }
            Outcome::SentCode(challenge) => return Some(Self::of_code(app, challenge, name)),
            Outcome::Passkey(challenge) => (
                What::Passkey {
                    options: challenge.options,
                    offered: with_pages(&challenge.choices),
                },
                challenge.session,
                name.to_owned(),
            ),
            Outcome::SoftwareToken(challenge) => (
                What::Code {
                    factor: SecondFactor::SoftwareToken,
                    destination: String::new(),
                },
                challenge.session,
                challenge.username,
            ),
            Outcome::SelectSecondFactor(choice) => (
                What::SelectSecond {
                    offered: choice.factors,
                },
                choice.session,
                choice.username,
            ),
            Outcome::SetUpSecondFactor(choice) => (
                What::SetUp {
                    offered: choice.factors,
                },
                choice.session,
                choice.username,
            ),
            // Programs sign in so, and devices are theirs.
            Outcome::Browser(_)
            | Outcome::SignedIn(_)
            | Outcome::PasswordVerifier(_)
            | Outcome::Custom(_)
            | Outcome::DeviceSrp(_)
            | Outcome::DeviceVerifier(_) => return None,
        };
        Some(Self {
            what,
            session,
            user,
        })
    }

    fn of_code(app: &App, challenge: SentCodeRequired, name: &str) -> Self {
        let SentCodeRequired {
            session,
            username,
            challenge,
            delivery,
            choices,
        } = challenge;
        let destination = delivery.destination;
        let first = |choice| What::FirstCode {
            choice,
            destination: destination.clone(),
            offered: with_pages(&choices),
        };
        let second = |factor| What::Code {
            factor,
            destination: destination.clone(),
        };
        // Both have the same name in the interface.
        let is_first = first_factor::is_code(app, Choice::EmailOtp, &session);
        let (what, user) = match challenge {
            CodeChallenge::SmsOtp => (first(Choice::SmsOtp), name.to_owned()),
            CodeChallenge::EmailOtp if is_first => (first(Choice::EmailOtp), name.to_owned()),
            CodeChallenge::EmailOtp => (second(SecondFactor::Email), username),
            CodeChallenge::SmsMfa => (second(SecondFactor::Sms), username),
        };
        Self {
            what,
            session,
            user,
        }
    }

    /// What the form of a page answers, at a pool with these settings; `None` if it is the form of the first page.
    pub fn of_form(form: &Form, settings: &PoolSettings) -> Option<Self> {
        let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let offered = text(OFFERED);
        let is_offered = |word: &str| offered.split_ascii_whitespace().any(|named| named == word);
        let first_factors = || {
            let all = Choice::ALL.into_iter();
            all.filter(|choice| is_offered(choice.as_str())).collect()
        };
        let second_factors = || {
            let all = SecondFactor::ALL.into_iter();
            all.filter(|factor| is_offered(factor.as_str())).collect()
        };
        let first_code = |choice| What::FirstCode {
            choice,
            destination: text(DESTINATION),
            offered: first_factors(),
        };
        let set_up_contact = |contact| What::SetUpContact {
            contact,
            offered: second_factors(),
        };
        let what = match form.get(STEP)? {
            NEW_PASSWORD => {
                // What the pool does not ask for is not shown again either, whatever the form says.
                let required = settings.schema.required();
                let required = required.map(|definition| definition.name.clone());
                What::NewPassword {
                    required: required.filter(|name| is_offered(name)).collect(),
                }
            }
            SELECT_FIRST => What::SelectFirst {
                offered: first_factors(),
            },
            PASSWORD => What::Password {
                offered: first_factors(),
            },
            FIRST_EMAIL => first_code(Choice::EmailOtp),
            FIRST_SMS => first_code(Choice::SmsOtp),
            PASSKEY => What::Passkey {
                options: text(OPTIONS),
                offered: first_factors(),
            },
            SELECT_SECOND => What::SelectSecond {
                offered: second_factors(),
            },
            SET_UP => {
                let mut offered = second_factors();
                offered.retain(|factor| settings.offers_to_set_up(*factor));
                What::SetUp { offered }
            }
            SET_UP_APP => What::SetUpApp {
                secret: Some(text(SECRET))
                    .filter(|text| text.len() <= MAX_SECRET)
                    .unwrap_or_default(),
                offered: second_factors(),
            },
            SET_UP_EMAIL => set_up_contact(Contact::Email),
            SET_UP_SMS => set_up_contact(Contact::PhoneNumber),
            step => What::Code {
                factor: SecondFactor::named(step)?,
                destination: text(DESTINATION),
            },
        };
        Some(Self {
            what,
            session: text(SESSION),
            user: text(USER),
        })
    }

    /// What the field `step` carries.
    pub fn step(&self) -> &'static str {
        match &self.what {
            What::NewPassword { .. } => NEW_PASSWORD,
            What::SelectFirst { .. } => SELECT_FIRST,
            What::Password { .. } => PASSWORD,
            What::FirstCode {
                choice: Choice::SmsOtp,
                ..
            } => FIRST_SMS,
            What::FirstCode { .. } => FIRST_EMAIL,
            What::Passkey { .. } => PASSKEY,
            What::Code { factor, .. } => factor.as_str(),
            What::SelectSecond { .. } => SELECT_SECOND,
            What::SetUp { .. } => SET_UP,
            What::SetUpApp { .. } => SET_UP_APP,
            What::SetUpContact {
                contact: Contact::Email,
                ..
            } => SET_UP_EMAIL,
            What::SetUpContact {
                contact: Contact::PhoneNumber,
                ..
            } => SET_UP_SMS,
        }
    }

    /// The names that the field `offered` carries.
    pub fn offered(&self) -> String {
        let first = |offered: &[Choice]| joined(offered.iter().map(|one| one.as_str()));
        let second = |offered: &[SecondFactor]| joined(offered.iter().map(|one| one.as_str()));
        match &self.what {
            What::NewPassword { required } => required.join(" "),
            What::SelectFirst { offered }
            | What::Password { offered }
            | What::FirstCode { offered, .. }
            | What::Passkey { offered, .. } => first(offered),
            What::SelectSecond { offered }
            | What::SetUp { offered }
            | What::SetUpApp { offered, .. }
            | What::SetUpContact { offered, .. } => second(offered),
            What::Code { .. } => String::new(),
        }
    }
}

/// The first factors that have pages: SRP is the password, asked for by programs.
fn with_pages(choices: &[Choice]) -> Vec<Choice> {
    let has_page = |choice: &Choice| *choice != Choice::PasswordSrp;
    choices.iter().copied().filter(has_page).collect()
}

fn joined(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
