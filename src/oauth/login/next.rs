//! What follows a step of a sign-in on the pages: which flow takes it, and what is asked next.

use secrecy::{ExposeSecret, SecretString};

use super::asked::{Asked, What};
use super::request::PageRequest;
use super::step::{Given, Step};
use crate::context::RequestContext;
use crate::domain::attribute::Contact;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::flows::authentication::first_factor::{self, Given as GivenFirst};
use crate::flows::authentication::first_factor_again;
use crate::flows::authentication::new_password::{self, NewPassword};
use crate::flows::authentication::outcome::{BrowserSignIn, Outcome};
use crate::flows::authentication::passkey;
use crate::flows::authentication::password::by_password;
use crate::flows::authentication::second_factor::{self, SetUp};
use crate::flows::authentication::sign_in_triggers::Entry;
use crate::flows::authentication::step_up::Asked as AskedLevels;
use crate::flows::mfa::software_token;
use crate::flows::{Error, Result, boxed, refuse, risk_rules};
use crate::pages::login::shell::Notice;

/// As the service's model bounds usernames, sessions and codes.
const MAX_NAME_LENGTH: usize = 128;
const MAX_SESSION_LENGTH: usize = 2048;
const MAX_CODE_LENGTH: usize = 2048;

/// What follows a step.
pub(super) enum Next {
    /// The user is signed in.
    SignedIn(BrowserSignIn),
    /// Something else is asked, and may be said to have been done.
    Ask(Asked, Option<Notice>),
    /// A step that the pages do not have.
    NoPage,
}

/// Takes the step.
///
/// # Errors
/// Those of the JSON API's flows.
pub(super) async fn take(request: &PageRequest<'_>, step: &Step) -> Result<Next> {
    let (app, client_context) = (request.app, request.client_context());
    let context = &request.call.context;
    let outcome = match step {
        Step::Username(username) => {
            check_name(username)?;
            let context = &first_step(request).await?;
            let given = GivenFirst {
                asked: AskedLevels::Levels(request.checked.request.step_up()),
                ..given(None)
            };
            boxed(|| first_factor::begin(app, context, client_context, username, None, &given))
                .await?
        }
        Step::Password { username, password } => {
            check_name(username)?;
            if password.expose_secret().is_empty() {
                return refuse(Failure::WrongCredentials);
            }
            let context = &first_step(request).await?;
            let (of, entry) = (
                (password, None),
                Entry::First(request.checked.request.step_up()),
            );
            let sign_in = || by_password(app, context, client_context, username, of, entry, None);
            boxed(sign_in).await?
        }
        Step::Answer(asked, given) => {
            let is_too_long = asked.session.len() > MAX_SESSION_LENGTH
                || asked.user.chars().count() > MAX_NAME_LENGTH;
            if is_too_long {
                return refuse(Failure::InvalidSession);
            }
            return boxed(|| answer(request, context, asked, given)).await;
        }
    };
    next(request, outcome, step.username(), None).await
}

/// Signs a user in with the session of a sign-up that was confirmed.
///
/// # Errors
/// Those of the JSON API's flows.
pub(super) async fn after_sign_up(
    request: &PageRequest<'_>,
    session: &str,
    username: &str,
) -> Result<Next> {
    let (app, client_context) = (request.app, request.client_context());
    let context = &first_step(request).await?;
    let of = (session, username, None);
    let outcome = boxed(|| first_factor::after_sign_up(app, context, client_context, of)).await?;
    next(request, outcome, username, None).await
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
        return refuse(Failure::WrongCredentials);
    }
    Ok(())
}

/// What the first step of a sign-in begins with.
async fn first_step(request: &PageRequest<'_>) -> Result<RequestContext> {
    let context = request.call.context.of_sign_in();
    let of = request.client_context();
    risk_rules::check_address(request.app, of, context.source_address).await?;
    Ok(context)
}

fn given(password: Option<&SecretString>) -> GivenFirst<'_> {
    GivenFirst {
        password,
        srp_a: None,
        device_key: None,
        asked: AskedLevels::Levels(None),
    }
}

async fn answer(
    request: &PageRequest<'_>,
    context: &RequestContext,
    asked: &Asked,
    given_now: &Given,
) -> Result<Next> {
    let (app, client_context) = (request.app, request.client_context());
    let of = (asked.session.as_str(), asked.user.as_str());
    let with_device = (of.0, of.1, None);
    let ask = |what| {
        Ok(Next::Ask(
            Asked {
                what,
                ..asked.clone()
            },
            None,
        ))
    };
    let mut notice = None;
    let outcome = match (&asked.what, given_now) {
        (
            What::NewPassword { .. },
            Given::NewPassword {
                password,
                attributes,
                ..
            },
        ) => {
            let attributes = attributes.iter().map(|(name, value)| AttributeInput {
                name: name.clone(),
                value: Some(value.clone()),
            });
            let answer = NewPassword {
                session: asked.session.clone(),
                name: asked.user.clone(),
                password: password.clone(),
                attributes: attributes.collect(),
                device_key: None,
            };
            boxed(|| new_password::new_password(app, context, client_context, &answer)).await?
        }
        (What::SelectFirst { offered }, Given::Choice(choice))
            if Choice::named(choice) == Some(Choice::Password) =>
        {
            // The password is the answer to the choice.
            let offered = offered.clone();
            return ask(What::Password { offered });
        }
        (What::SelectFirst { .. }, Given::Choice(choice)) => {
            let nothing = given(None);
            boxed(|| first_factor::select(app, context, client_context, of, choice, &nothing))
                .await?
        }
        (What::Password { offered }, Given::OtherMethod) => {
            let offered = offered.clone();
            return ask(What::SelectFirst { offered });
        }
        (What::Password { .. }, Given::Password(password)) => {
            if password.expose_secret().is_empty() {
                return refuse(Failure::WrongCredentials);
            }
            let choice = Choice::Password.as_str();
            let given = given(Some(password));
            boxed(|| first_factor::select(app, context, client_context, of, choice, &given)).await?
        }
        (What::FirstCode { choice, .. }, Given::Code(code)) => {
            if is_no_code(code) {
                return refuse(Failure::SignInCodeMismatch(match choice.contact() {
                    Some(Contact::PhoneNumber) => SecondFactor::Sms,
                    Some(Contact::Email) | None => SecondFactor::Email,
                }));
            }
            let to = with_device;
            boxed(|| first_factor::answer(app, context, client_context, *choice, to, code)).await?
        }
        (What::FirstCode { choice, .. }, Given::NewCode) => {
            notice = Some(Notice::NewCodeSent);
            boxed(|| first_factor_again::send_again(app, context, client_context, *choice, of))
                .await?
        }
        (What::FirstCode { choice, .. }, Given::OtherMethod) => {
            boxed(|| first_factor_again::choose_again(app, context, client_context, *choice, of))
                .await?
        }
        (What::Passkey { .. }, Given::OtherMethod) => {
            let choice = Choice::Passkey;
            boxed(|| first_factor_again::choose_again(app, context, client_context, choice, of))
                .await?
        }
        (What::Passkey { .. }, Given::Credential(credential)) => {
            let to = with_device;
            boxed(|| passkey::answer(app, context, client_context, to, credential)).await?
        }
        (What::Code { factor, .. }, Given::Code(code)) => {
            // Nothing was guessed.
            if is_no_code(code) {
                return refuse(Failure::SignInCodeMismatch(*factor));
            }
            let to = with_device;
            boxed(|| second_factor::answer(app, context, client_context, *factor, to, code)).await?
        }
        (What::Code { factor, .. }, Given::NewCode) => {
            notice = Some(Notice::NewCodeSent);
            boxed(|| second_factor::send_again(app, context, client_context, *factor, of)).await?
        }
        (What::SelectSecond { .. }, Given::Choice(choice)) => {
            boxed(|| second_factor::select(app, context, client_context, of, choice)).await?
        }
        (What::SetUp { offered }, Given::Choice(choice)) => {
            let chosen = SecondFactor::named(choice).filter(|factor| offered.contains(factor));
            let Some(factor) = chosen else {
                return refuse(Failure::FactorNotOffered);
            };
            let asked = set_up(request, asked, factor, offered).await?;
            return Ok(Next::Ask(asked, None));
        }
        (
            What::SetUpApp { offered, .. } | What::SetUpContact { offered, .. },
            Given::OtherMethod,
        ) => {
            let offered = offered.clone();
            return ask(What::SetUp { offered });
        }
        (What::SetUpApp { .. }, Given::NewApp { code, name }) => {
            if is_no_code(code) {
                return refuse(Failure::SoftwareTokenNotProven);
            }
            let name = Some(name.as_str()).filter(|name| !name.is_empty());
            let verify = || software_token::verify_in_sign_in(app, context, of.0, code, name);
            let proven = boxed(verify).await?;
            let to = (proven.as_str(), of.1, None);
            let app_proven = SetUp::SoftwareToken;
            boxed(|| second_factor::set_up(app, context, client_context, to, &app_proven)).await?
        }
        (What::SetUpContact { contact, .. }, Given::Contact(address)) => {
            let answer = SetUp::Contact(*contact, address);
            let to = with_device;
            boxed(|| second_factor::set_up(app, context, client_context, to, &answer)).await?
        }
        // No form of ours says so.
        (_, _) => return refuse(Failure::InvalidSession),
    };
    next(request, outcome, &asked.user, notice).await
}

/// What follows an outcome of the flows. Where there is no choice among the factors to set up, that one is set up.
async fn next(
    request: &PageRequest<'_>,
    outcome: Outcome,
    name: &str,
    notice: Option<Notice>,
) -> Result<Next> {
    if let Outcome::Browser(signed_in) = outcome {
        return Ok(Next::SignedIn(signed_in));
    }
    let Some(mut asked) = Asked::of_outcome(request.app, outcome, name) else {
        return Ok(Next::NoPage);
    };
    let settings = &request.client_context().pool.settings;
    if let What::SetUp { offered } = &mut asked.what {
        offered.retain(|factor| settings.offers_to_set_up(*factor));
    }
    if let What::SetUp { offered } = &asked.what
        && let [only] = offered.as_slice()
    {
        let asked = set_up(request, &asked, *only, offered).await?;
        return Ok(Next::Ask(asked, notice));
    }
    Ok(Next::Ask(asked, notice))
}

/// What is asked where this factor is set up.
async fn set_up(
    request: &PageRequest<'_>,
    asked: &Asked,
    factor: SecondFactor,
    offered: &[SecondFactor],
) -> Result<Asked> {
    let (app, context) = (request.app, &request.call.context);
    let offered = offered.to_vec();
    let Some(contact) = factor.contact() else {
        let associate = || software_token::associate_in_sign_in(app, context, &asked.session);
        let (secret, session) = boxed(associate).await?;
        return Ok(Asked {
            what: What::SetUpApp { secret, offered },
            session,
            user: asked.user.clone(),
        });
    };
    Ok(Asked {
        what: What::SetUpContact { contact, offered },
        ..asked.clone()
    })
}

fn is_no_code(code: &str) -> bool {
    code.is_empty() || code.len() > MAX_CODE_LENGTH
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
