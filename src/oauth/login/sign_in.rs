//! `/login`: the page that a sign-in begins with, and what its form leads to.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::ask::Typed;
use super::end;
use super::frame::Frame;
use super::next::{self, Next};
use super::page_data::PageData;
use super::passkeys;
use super::request::{Instead, PageCall};
use super::step::Step;
use crate::domain::failure::Failure;
use crate::flows::Error;
use crate::flows::browser_sessions::SignedIn;
use crate::pages::login::shell::Problem;
use crate::pages::login::sign_in::{KnownUser, SignIn, SignInForm};

/// The page, which offers the account of the browser's session.
pub(in crate::oauth) async fn show(page: PageCall) -> Result<Response, Instead> {
    let mut request = page.begin().await?;
    let known = request.known_user().await?;
    let known = known.as_ref().map(offered);
    let hint = request.query.get("login_hint").unwrap_or_default();
    let status = StatusCode::OK;
    let Some(PageData::Told(told, user)) = request.page_data() else {
        return Ok(first_page(&request.frame, status, (hint, known), None));
    };
    request.frame.notice = Some(told.notice());
    let page = first_page(&request.frame, status, (&user, known), None);
    Ok(request.without_page_data(page))
}

fn offered(known: &SignedIn) -> KnownUser<'_> {
    KnownUser {
        username: &known.user.username,
        sub: &known.user.id,
    }
}

/// A page that follows from a form, and is opened by its address: the sign-in begins anew.
pub(in crate::oauth) async fn to_first_page(page: PageCall) -> Response {
    page.redirect("login")
}

fn first_page(
    frame: &Frame<'_>,
    status: StatusCode,
    (username, known_user): (&str, Option<KnownUser<'_>>),
    problem: Option<Problem<'_>>,
) -> Response {
    let page = SignIn {
        shell: &frame.shell(&[], problem),
        form: if frame.chooses() {
            SignInForm::UsernameFirst
        } else {
            SignInForm::Password
        },
        identifier: frame.identifier(),
        username,
        forgot_password: frame.recovers_passwords(),
        sign_up: !frame.call.domain.pool.settings.admin_create_user.admin_only,
        known_user,
        providers: &[],
    };
    frame.page(status, &page)
}

/// What the form of a page leads to: the next page, or back to the application.
pub(in crate::oauth) async fn submit(page: PageCall, body: Bytes) -> Result<Response, Instead> {
    let request = &page.begin().await?;
    let (call, frame) = (request.call, &request.frame);
    let first = |status, username, problem| {
        let filled_in = (username, None);
        Ok(first_page(frame, status, filled_in, problem))
    };
    let Some(form) = request.form(&body) else {
        let problem = Some(Problem::ForeignForm);
        return first(StatusCode::FORBIDDEN, "", problem);
    };
    if form.get("signInAsKnownUser").is_some() {
        let Some(known) = request.known_user().await? else {
            return first(StatusCode::OK, "", Some(Problem::SignInExpired));
        };
        if form.get("sub") != Some(known.user.id.as_str()) {
            let account = Some(offered(&known));
            return Ok(first_page(frame, StatusCode::OK, ("", account), None));
        }
        return Ok(match passkeys::after_sign_in(request) {
            Some(page) => page,
            None => request.complete(known).await,
        });
    }
    let step = Step::of(&form, &call.domain.pool.settings, frame.chooses());
    let broken = step.broken_constraints(request);
    let problem = if step.passwords_differ() {
        Some(Problem::PasswordsDiffer)
    } else {
        broken.as_deref().map(Problem::Text)
    };
    if let Some(problem) = problem
        && let Some((asked, typed)) = step.again()
    {
        return Ok(asked.page(frame, &typed, Some(problem), None));
    }
    match next::take(request, &step).await {
        Ok(Next::SignedIn(signed_in)) => end::signed_in_now(request, &signed_in).await,
        Ok(Next::Ask(asked, notice)) => Ok(asked.page(frame, &Typed::default(), None, notice)),
        Ok(Next::NoPage) => {
            let problem = Some(Problem::StepWithoutPage);
            first(StatusCode::OK, step.username(), problem)
        }
        Err(Error::Refused(Failure::UserNotConfirmed)) => request.go_to_confirm(step.username()),
        Err(Error::Refused(Failure::PasswordResetRequired)) => {
            let data = PageData::Forgotten(step.username().to_owned());
            request.go_to_with("forgotPassword", &data)
        }
        Err(error) => {
            let ends = next::ends(&error);
            let message = request.words(step.operation(), error)?;
            let problem = Some(Problem::Text(&message));
            match step.again().filter(|_| !ends) {
                Some((asked, typed)) => Ok(asked.page(frame, &typed, problem, None)),
                None => first(StatusCode::OK, step.username(), problem),
            }
        }
    }
}
