//! The steps of a sign-in on the pages: what a form gives to what was asked.

use secrecy::{ExposeSecret, SecretString};

use super::ask::Typed;
use super::asked::{Asked, What};
use super::request::PageRequest;
use crate::domain::user_pool::PoolSettings;
use crate::oauth::form::Form;

/// The longest name of an authenticator app, in bytes: the session of the sign-in carries it, which has little room.
const MAX_DEVICE_NAME_LENGTH: usize = 256;
const DEVICE_NAME_TOO_LONG: &str = "1 validation error detected: Value at 'friendlyDeviceName' failed to satisfy constraint: \
     Member must have length less than or equal to 256";

/// What a form answers.
pub(super) enum Step {
    /// The username of a user who chooses how to go on.
    Username(String),
    /// The username and the password.
    Password {
        /// The username.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// What was asked for, and what is given.
    Answer(Asked, Given),
}

/// What is given to what was asked.
pub(super) enum Given {
    NewPassword {
        password: SecretString,
        repeated: SecretString,
        attributes: Vec<(String, String)>,
    },
    Password(SecretString),
    Code(String),
    Choice(String),
    /// What the authenticator of a passkey says.
    Credential(String),
    /// A code of the app that is set up, and its name.
    NewApp {
        code: String,
        name: String,
    },
    /// Where codes are to go.
    Contact(String),
    /// The wish for a new code.
    NewCode,
    /// The wish to choose anew.
    OtherMethod,
}

impl Step {
    /// What the form says, at a pool with these settings. `chooses` is whether users choose how to go on once they have
    /// given their name.
    pub fn of(form: &Form, settings: &PoolSettings, chooses: bool) -> Self {
        let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let secret = |name: &str| form.secret(name).unwrap_or_default();
        let Some(asked) = Asked::of_form(form, settings) else {
            let username = text("username");
            return match form.secret("password") {
                None if chooses => Self::Username(username),
                password => Self::Password {
                    username,
                    password: password.unwrap_or_default(),
                },
            };
        };
        let has = |name| form.get(name).is_some();
        let code = || text("code").trim().to_owned();
        let given = match &asked.what {
            What::FirstCode { .. }
            | What::Password { .. }
            | What::Passkey { .. }
            | What::SetUpApp { .. }
            | What::SetUpContact { .. }
                if has("other_method") =>
            {
                Given::OtherMethod
            }
            What::FirstCode { .. } | What::Code { .. } if has("resend") => Given::NewCode,
            What::NewPassword { required } => {
                let value = |name: &String| {
                    let value = text(&format!("requiredAttributes[{name}]"));
                    (name.clone(), value)
                };
                Given::NewPassword {
                    password: secret("password"),
                    repeated: secret("confirmPassword"),
                    attributes: required.iter().map(value).collect(),
                }
            }
            What::Password { .. } => Given::Password(secret("password")),
            What::FirstCode { .. } | What::Code { .. } => Given::Code(code()),
            What::SelectFirst { .. } | What::SelectSecond { .. } | What::SetUp { .. } => {
                Given::Choice(text("answer"))
            }
            What::Passkey { .. } => Given::Credential(text("credential")),
            What::SetUpApp { .. } => Given::NewApp {
                code: code(),
                name: text("friendlyDeviceName"),
            },
            What::SetUpContact { contact, .. } => {
                Given::Contact(text(contact.attribute()).trim().to_owned())
            }
        };
        Self::Answer(asked, given)
    }

    /// Who signs in.
    pub fn username(&self) -> &str {
        match self {
            Self::Username(username) | Self::Password { username, .. } => username,
            Self::Answer(asked, _) => &asked.user,
        }
    }

    /// The operation of the JSON API that takes such a step, by whose name its refusals are worded.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Username(_) | Self::Password { .. } => "InitiateAuth",
            Self::Answer(_, Given::NewApp { .. }) => "VerifySoftwareToken",
            Self::Answer(..) => "RespondToAuthChallenge",
        }
    }

    /// Whether a new password was typed twice, and not alike.
    pub fn passwords_differ(&self) -> bool {
        match self {
            Self::Answer(
                _,
                Given::NewPassword {
                    password, repeated, ..
                },
            ) => password.expose_secret() != repeated.expose_secret(),
            Self::Answer(..) | Self::Username(_) | Self::Password { .. } => false,
        }
    }

    /// What the operation says of the bounds of what is given, which its flow does not know; `None` if they are kept.
    pub fn broken_constraints(&self, request: &PageRequest<'_>) -> Option<String> {
        let Self::Answer(_, given) = self else {
            return None;
        };
        match given {
            Given::NewPassword {
                password,
                attributes,
                ..
            } => request.broken_by_new_password(password, attributes),
            Given::NewApp { name, .. } if !is_device_name(name) => {
                Some(DEVICE_NAME_TOO_LONG.to_owned())
            }
            Given::NewApp { .. }
            | Given::Password(_)
            | Given::Code(_)
            | Given::Choice(_)
            | Given::Credential(_)
            | Given::Contact(_)
            | Given::NewCode
            | Given::OtherMethod => None,
        }
    }

    /// What is asked once more where the step fails, with what was typed; `None` if that is the first page.
    pub fn again(&self) -> Option<(&Asked, Typed)> {
        let Self::Answer(asked, given) = self else {
            return None;
        };
        let mut typed = Typed::default();
        match given {
            Given::NewPassword { attributes, .. } => typed.attributes.clone_from(attributes),
            Given::NewApp { name: text, .. } | Given::Contact(text) => typed.text.clone_from(text),
            Given::Password(_)
            | Given::Code(_)
            | Given::Choice(_)
            | Given::Credential(_)
            | Given::NewCode
            | Given::OtherMethod => {}
        }
        Some((asked, typed))
    }
}

/// Whether a device may be called so.
const fn is_device_name(name: &str) -> bool {
    name.len() <= MAX_DEVICE_NAME_LENGTH
}
