//! The pages that ask for what a sign-in needs next.

use axum::http::StatusCode;
use axum::response::Response;

use super::asked::{Asked, DESTINATION, OFFERED, OPTIONS, SECRET, SESSION, STEP, USER, What};
use super::frame::Frame;
use super::qr;
use crate::domain::attribute::Contact;
use crate::domain::second_factor::SecondFactor;
use crate::pages::login::field::AttributeValue;
use crate::pages::login::mfa::{ChooseMfa, SetUpContact, SetUpTotp};
use crate::pages::login::passkey::{Passkey, PasskeyTask};
use crate::pages::login::passwords;
use crate::pages::login::shell::{Notice, Problem, Shell};
use crate::pages::login::sign_in::{ChooseMethod, CodeSource, EnterCode, SignInPassword};

/// The page that the forms are sent to.
const PAGE: &str = "/login";
/// The page that the form with a new password is sent to.
const PASSWORD_PAGE: &str = "/changePassword";

/// What was typed in an attempt that failed, and is shown again.
#[derive(Default)]
pub(super) struct Typed {
    /// The required attributes.
    pub attributes: Vec<(String, String)>,
    /// The name of a device, or the address that is set up.
    pub text: String,
}

impl Asked {
    /// The page that asks.
    pub fn page(
        &self,
        frame: &Frame<'_>,
        typed: &Typed,
        problem: Option<Problem<'_>>,
        notice: Option<Notice>,
    ) -> Response {
        let offered = self.offered();
        let further = match &self.what {
            What::FirstCode { destination, .. } | What::Code { destination, .. } => {
                (DESTINATION, destination.as_str())
            }
            What::Passkey { options, .. } => (OPTIONS, options.as_str()),
            What::SetUpApp { secret, .. } => (SECRET, secret.as_str()),
            What::NewPassword { .. }
            | What::SelectFirst { .. }
            | What::Password { .. }
            | What::SelectSecond { .. }
            | What::SetUp { .. }
            | What::SetUpContact { .. } => (DESTINATION, ""),
        };
        let hidden = [
            (STEP, self.step()),
            (SESSION, self.session.as_str()),
            (USER, self.user.as_str()),
            (OFFERED, offered.as_str()),
            further,
        ];
        let is_there = |(_, value): &(&str, &str)| !value.is_empty();
        let hidden: Vec<_> = hidden.into_iter().filter(is_there).collect();
        let shell = Shell {
            notice,
            ..frame.shell(&hidden, problem)
        };
        self.view(frame, &shell, typed)
    }

    fn view(&self, frame: &Frame<'_>, shell: &Shell<'_>, typed: &Typed) -> Response {
        let status = StatusCode::OK;
        match &self.what {
            What::NewPassword { required } => {
                let page = passwords::NewPassword {
                    shell,
                    username: &self.user,
                    page: PASSWORD_PAGE,
                    attributes: &typed.values(required),
                    policy: &frame.call.domain.pool.settings.password_policy,
                };
                frame.page(status, &page)
            }
            What::SelectFirst { offered: methods } => {
                let username = &self.user;
                frame.page(
                    status,
                    &ChooseMethod {
                        shell,
                        username,
                        methods,
                    },
                )
            }
            What::Password { offered } => {
                let page = SignInPassword {
                    shell,
                    username: &self.user,
                    identifier: frame.identifier(),
                    forgot_password: frame.recovers_passwords(),
                    other_method: offered.len() > 1,
                };
                frame.page(status, &page)
            }
            What::FirstCode {
                choice,
                destination,
                offered,
            } => {
                let to = Some(destination.as_str()).filter(|to| !to.is_empty());
                let page = EnterCode {
                    shell,
                    page: PAGE,
                    source: match choice.contact() {
                        Some(Contact::PhoneNumber) => CodeSource::Sms(to),
                        Some(Contact::Email) | None => CodeSource::Email(to),
                    },
                    resend: true,
                    other_method: offered.len() > 1,
                };
                frame.page(status, &page)
            }
            What::Passkey { options, offered } => {
                let page = Passkey {
                    shell,
                    page: PAGE,
                    task: PasskeyTask::SignIn {
                        other_method: offered.len() > 1,
                    },
                    options,
                };
                frame.page(status, &page)
            }
            What::Code {
                factor,
                destination,
            } => {
                let to = Some(destination.as_str()).filter(|to| !to.is_empty());
                let source = match factor {
                    SecondFactor::Email => CodeSource::Email(to),
                    SecondFactor::Sms => CodeSource::Sms(to),
                    SecondFactor::SoftwareToken => CodeSource::App,
                };
                let page = EnterCode {
                    shell,
                    page: PAGE,
                    source,
                    resend: factor.contact().is_some(),
                    other_method: false,
                };
                frame.page(status, &page)
            }
            What::SelectSecond { offered } => choose_mfa(frame, shell, offered, false),
            What::SetUp { offered } => choose_mfa(frame, shell, offered, true),
            What::SetUpApp { secret, offered } => {
                let page = SetUpTotp {
                    shell,
                    page: PAGE,
                    qr_svg: &qr::of_app(shell.client_name, &self.user, secret),
                    secret,
                    device_name: &typed.text,
                    back: offered.len() > 1,
                };
                frame.page(status, &page)
            }
            What::SetUpContact { contact, offered } => {
                let page = SetUpContact {
                    shell,
                    page: PAGE,
                    contact: *contact,
                    value: &typed.text,
                    back: offered.len() > 1,
                };
                frame.page(status, &page)
            }
        }
    }
}

impl Typed {
    /// The attributes that are required, with what was typed.
    fn values<'a>(&'a self, required: &'a [String]) -> Vec<AttributeValue<'a>> {
        let value = |name: &String| {
            let typed = self.attributes.iter().find(|(known, _)| known == name);
            typed.map_or("", |(_, value)| value.as_str())
        };
        required
            .iter()
            .map(|name| AttributeValue {
                name,
                value: value(name),
            })
            .collect()
    }
}

fn choose_mfa(
    frame: &Frame<'_>,
    shell: &Shell<'_>,
    offered: &[SecondFactor],
    is_set_up: bool,
) -> Response {
    let factors: Vec<_> = offered.iter().map(|factor| (*factor, None)).collect();
    let page = ChooseMfa {
        shell,
        page: PAGE,
        is_set_up,
        factors: &factors,
    };
    frame.page(StatusCode::OK, &page)
}
