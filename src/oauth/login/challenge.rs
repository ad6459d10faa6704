//! The steps of a sign-in on the pages: what a form gives to which flow, and which page follows.

use axum::http::StatusCode;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};

use super::frame::Frame;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::second_factor::SecondFactor;
use crate::domain::user_pool::PoolSettings;
use crate::flows::authentication::new_password::{self, NewPassword};
use crate::flows::authentication::outcome::{CodeChallenge, Outcome};
use crate::flows::authentication::password::by_password;
use crate::flows::authentication::second_factor;
use crate::flows::authentication::sign_in_triggers::Entry;
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, Result, boxed, refuse, risk_rules};
use crate::oauth::form::Form;
use crate::pages::login::field::AttributeValue;
use crate::pages::login::mfa::ChooseMfa;
use crate::pages::login::passwords;
use crate::pages::login::shell::Problem;
use crate::pages::login::sign_in::{CodeSource, EnterCode};

/// The page that the forms are sent to.
const PAGE: &str = "/login";
/// The hidden fields that carry a sign-in on: what is answered, the sealed session, the user, and the masked address
/// that a code went to.
const STEP: &str = "step";
const SESSION: &str = "session";
const USER: &str = "user";
const DESTINATION: &str = "destination";
const NEW_PASSWORD: &str = "NEW_PASSWORD_REQUIRED";
const SELECT: &str = "SELECT_MFA_TYPE";
/// What a choice is made among, or the attributes that are asked for, with blanks between the names.
const OFFERED: &str = "offered";

/// As the service's model bounds usernames, sessions and codes.
const MAX_NAME_LENGTH: usize = 128;
const MAX_SESSION_LENGTH: usize = 2048;
const MAX_CODE_LENGTH: usize = 2048;

/// What a sign-in asks for once a first page has been answered.
struct Asked {
    what: What,
    session: String,
    user: String,
    /// The masked address that a code went to, or empty.
    destination: String,
}

enum What {
    /// A new password, and these attributes.
    NewPassword(Vec<String>),
    /// A code of this factor.
    Code(SecondFactor),
    /// One of these factors.
    Select(Vec<SecondFactor>),
}

/// What a form answers.
pub(super) enum Step {
    /// The username and the password.
    Password {
        /// The username.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A challenge.
    Challenge(Answer),
}

/// The answer to a challenge.
pub(super) struct Answer {
    asked: Asked,
    given: Given,
}

enum Given {
    NewPassword {
        password: SecretString,
        repeated: SecretString,
        attributes: Vec<(String, String)>,
    },
    Code(SecondFactor, String),
    Choice(String),
}

impl Step {
    /// What the form says, at a pool with these settings.
    pub fn of(form: &Form, settings: &PoolSettings) -> Self {
        let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let secret = |name: &str| form.secret(name).unwrap_or_default();
        let words = |name| {
            let text = text(name);
            text.split_ascii_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let step = form.get(STEP).unwrap_or_default();
        let (what, given) = match (step, SecondFactor::named(step)) {
            (NEW_PASSWORD, _) => {
                // What the pool does not ask for is not shown again either, whatever the form says.
                let named = words(OFFERED);
                let required = settings.schema.required();
                let required: Vec<_> = required
                    .map(|definition| definition.name.clone())
                    .filter(|name| named.contains(name))
                    .collect();
                let given = required.iter().map(|name| {
                    let value = text(&format!("requiredAttributes[{name}]"));
                    (name.clone(), value)
                });
                let given = Given::NewPassword {
                    password: secret("password"),
                    repeated: secret("confirmPassword"),
                    attributes: given.collect(),
                };
                (What::NewPassword(required), given)
            }
            (SELECT, _) => {
                let named = words(OFFERED);
                let offered = SecondFactor::ALL.into_iter();
                let offered =
                    offered.filter(|factor| named.iter().any(|name| name == factor.as_str()));
                (
                    What::Select(offered.collect()),
                    Given::Choice(text("answer")),
                )
            }
            (_, Some(factor)) => {
                let code = text("code").trim().to_owned();
                (What::Code(factor), Given::Code(factor, code))
            }
            (_, None) => {
                return Self::Password {
                    username: text("username"),
                    password: secret("password"),
                };
            }
        };
        Self::Challenge(Answer {
            asked: Asked {
                what,
                session: text(SESSION),
                user: text(USER),
                destination: text(DESTINATION),
            },
            given,
        })
    }

    /// Who signs in.
    pub fn username(&self) -> &str {
        match self {
            Self::Password { username, .. } => username,
            Self::Challenge(answer) => &answer.asked.user,
        }
    }

    /// Whether a new password was typed twice, and not alike.
    pub fn passwords_differ(&self) -> bool {
        match self {
            Self::Challenge(Answer {
                given:
                    Given::NewPassword {
                        password, repeated, ..
                    },
                ..
            }) => password.expose_secret() != repeated.expose_secret(),
            Self::Challenge(_) | Self::Password { .. } => false,
        }
    }
}

/// Takes the step.
///
/// # Errors
/// Those of the JSON API's flows.
pub(super) async fn take(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    step: &Step,
) -> Result<Outcome> {
    let answer = match step {
        Step::Password { username, password } => {
            let is_empty = username.is_empty() || password.expose_secret().is_empty();
            if is_empty || username.chars().count() > MAX_NAME_LENGTH {
                return refuse(Failure::WrongCredentials);
            }
            let context = &context.of_sign_in();
            risk_rules::check_address(app, client_context, context.source_address).await?;
            let (of, entry) = ((password, None), Entry::First(None));
            let sign_in = || by_password(app, context, client_context, username, of, entry, None);
            return boxed(sign_in).await;
        }
        Step::Challenge(answer) => answer,
    };
    let (session, user) = (answer.asked.session.as_str(), answer.asked.user.as_str());
    if session.len() > MAX_SESSION_LENGTH || user.chars().count() > MAX_NAME_LENGTH {
        return refuse(Failure::InvalidSession);
    }
    match &answer.given {
        Given::NewPassword {
            password,
            attributes,
            ..
        } => {
            let attributes = attributes.iter().map(|(name, value)| AttributeInput {
                name: name.clone(),
                value: Some(value.clone()),
            });
            let answer = NewPassword {
                session: session.to_owned(),
                name: user.to_owned(),
                password: password.clone(),
                attributes: attributes.collect(),
                device_key: None,
            };
            boxed(|| new_password::new_password(app, context, client_context, &answer)).await
        }
        // Nothing was guessed.
        Given::Code(factor, code) if code.is_empty() || code.len() > MAX_CODE_LENGTH => {
            refuse(Failure::SignInCodeMismatch(*factor))
        }
        Given::Code(factor, code) => {
            let to = (session, user, None);
            boxed(|| second_factor::answer(app, context, client_context, *factor, to, code)).await
        }
        Given::Choice(choice) => {
            let of = (session, user);
            boxed(|| second_factor::select(app, context, client_context, of, choice)).await
        }
    }
}

/// The page that asks what follows; `None` if the pages do not have it.
pub(super) fn page(frame: &Frame<'_>, outcome: Outcome) -> Option<Response> {
    let asked = match outcome {
        Outcome::NewPasswordRequired(challenge) => Asked {
            what: What::NewPassword(challenge.required),
            session: challenge.session,
            user: challenge.username,
            destination: String::new(),
        },
        Outcome::SentCode(challenge) => Asked {
            what: What::Code(match challenge.challenge {
                CodeChallenge::SmsMfa | CodeChallenge::SmsOtp => SecondFactor::Sms,
                CodeChallenge::EmailOtp => SecondFactor::Email,
            }),
            session: challenge.session,
            user: challenge.username,
            destination: challenge.delivery.destination,
        },
        Outcome::SoftwareToken(challenge) => Asked {
            what: What::Code(SecondFactor::SoftwareToken),
            session: challenge.session,
            user: challenge.username,
            destination: String::new(),
        },
        Outcome::SelectSecondFactor(choice) => Asked {
            what: What::Select(choice.factors),
            session: choice.session,
            user: choice.username,
            destination: String::new(),
        },
        Outcome::SetUpSecondFactor(_)
        | Outcome::Browser(_)
        | Outcome::SignedIn(_)
        | Outcome::PasswordVerifier(_)
        | Outcome::Passkey(_)
        | Outcome::Custom(_)
        | Outcome::SelectFirstFactor(_)
        | Outcome::DeviceSrp(_)
        | Outcome::DeviceVerifier(_) => return None,
    };
    Some(asked.page(frame, &[], None))
}

/// The page of the step once more, if its challenge can still be answered.
pub(super) fn again(frame: &Frame<'_>, step: &Step, problem: Problem<'_>) -> Option<Response> {
    let Step::Challenge(answer) = step else {
        return None;
    };
    let typed = match &answer.given {
        Given::NewPassword { attributes, .. } => attributes.as_slice(),
        Given::Code(..) | Given::Choice(_) => &[],
    };
    Some(answer.asked.page(frame, typed, Some(problem)))
}

/// Whether a refusal ends the challenge that was answered.
pub(super) const fn ends(error: &Error) -> bool {
    matches!(
        error,
        Error::Refused(
            Failure::InvalidSession
                | Failure::SessionSpent
                | Failure::SessionExpired
                | Failure::UserDisabled
        )
    )
}

impl Asked {
    /// The page; `typed` are the attributes of the last attempt.
    fn page(
        &self,
        frame: &Frame<'_>,
        typed: &[(String, String)],
        problem: Option<Problem<'_>>,
    ) -> Response {
        let (step, offered) = match &self.what {
            What::NewPassword(required) => (NEW_PASSWORD, required.join(" ")),
            What::Code(factor) => (factor.as_str(), String::new()),
            What::Select(factors) => {
                let names: Vec<_> = factors.iter().map(|factor| factor.as_str()).collect();
                (SELECT, names.join(" "))
            }
        };
        let hidden = [
            (STEP, step),
            (SESSION, self.session.as_str()),
            (USER, self.user.as_str()),
            (DESTINATION, self.destination.as_str()),
            (OFFERED, offered.as_str()),
        ];
        let shell = &frame.shell(&hidden, problem);
        let status = StatusCode::OK;
        match &self.what {
            What::NewPassword(required) => {
                let value = |name: &String| {
                    let typed = typed.iter().find(|(known, _)| known == name);
                    typed.map_or("", |(_, value)| value.as_str())
                };
                let attributes: Vec<_> = required
                    .iter()
                    .map(|name| AttributeValue {
                        name,
                        value: value(name),
                    })
                    .collect();
                let page = passwords::NewPassword {
                    shell,
                    username: &self.user,
                    page: PAGE,
                    asks_current: false,
                    attributes: &attributes,
                    policy: &frame.call.domain.pool.settings.password_policy,
                };
                frame.page(status, &page)
            }
            What::Code(factor) => {
                let to = Some(self.destination.as_str()).filter(|to| !to.is_empty());
                let page = EnterCode {
                    shell,
                    page: PAGE,
                    source: match factor {
                        SecondFactor::Email => CodeSource::Email(to),
                        SecondFactor::Sms => CodeSource::Sms(to),
                        SecondFactor::SoftwareToken => CodeSource::App,
                    },
                    // Nothing sends it again yet.
                    resend: false,
                    other_method: false,
                };
                frame.page(status, &page)
            }
            What::Select(factors) => {
                let factors: Vec<_> = factors.iter().map(|factor| (*factor, None)).collect();
                let page = ChooseMfa {
                    shell,
                    page: PAGE,
                    is_set_up: false,
                    factors: &factors,
                };
                frame.page(status, &page)
            }
        }
    }
}
