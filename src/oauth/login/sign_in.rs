//! `/login`: the page that a sign-in begins with, and what its form leads to.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::challenge::{self, Step};
use super::frame::Frame;
use super::page_data::PageData;
use super::request::{Instead, PageRequest};
use crate::app::App;
use crate::domain::failure::Failure;
use crate::flows::Error;
use crate::flows::authentication::outcome::Outcome;
use crate::flows::passwords::recovery::recovery_by_admin_only;
use crate::oauth::call::DomainCall;
use crate::pages::login::shell::Problem;
use crate::pages::login::sign_in::{SignIn, SignInForm};

/// What a form is answered that another page has sent.
pub(super) const FOREIGN_FORM: &str =
    "The form was not sent by this page, or the page is too old. Please try again.";

/// What is said where a sign-in goes on with a step that the pages do not have yet.
const NO_PAGE: &str = "This account needs a step that the login pages do not have yet. Sign in with the application's \
                       own form, or ask an administrator.";

/// The page, which offers the account of the browser's session.
pub(in crate::oauth) async fn show(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let text = uri.query().unwrap_or_default();
    let shown = async {
        let mut request = PageRequest::begin(&app, &call, &headers, text).await?;
        let known = request.known_user().await?;
        let known = known.as_ref().map(|known| known.user.username.as_str());
        let hint = request.query.get("login_hint").unwrap_or_default();
        let status = StatusCode::OK;
        let Some(PageData::Told(told, user)) = request.page_data() else {
            let frame = &request.frame;
            return Ok::<_, Instead>(first_page(frame, status, (hint, known), None));
        };
        request.frame.notice = Some(told.notice());
        let page = first_page(&request.frame, status, (&user, known), None);
        Ok(request.without_page_data(page))
    };
    shown.await.unwrap_or_else(|instead| instead)
}

fn first_page(
    frame: &Frame<'_>,
    status: StatusCode,
    (username, known_user): (&str, Option<&str>),
    problem: Option<Problem<'_>>,
) -> Response {
    let pool = &frame.call.domain.pool;
    let page = SignIn {
        shell: &frame.shell(&[], problem),
        form: SignInForm::Password,
        identifier: frame.identifier(),
        username,
        forgot_password: !recovery_by_admin_only(pool),
        sign_up: !pool.settings.admin_create_user.admin_only,
        known_user,
        providers: &[],
    };
    frame.page(status, &page)
}

/// What the form of a page leads to: the next page, or back to the application.
pub(in crate::oauth) async fn submit(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = uri.query().unwrap_or_default();
    let submitted = async {
        let request = PageRequest::begin(&app, &call, &headers, text).await?;
        answer(&request, &body).await
    };
    submitted.await.unwrap_or_else(|instead| instead)
}

async fn answer(request: &PageRequest<'_>, body: &Bytes) -> Result<Response, Instead> {
    let (app, call, frame) = (request.app, request.call, &request.frame);
    let first = |status, username, problem| {
        let filled_in = (username, None);
        Ok(first_page(frame, status, filled_in, problem))
    };
    let Some(form) = request.form(body) else {
        let problem = Some(Problem::Text(FOREIGN_FORM));
        return first(StatusCode::FORBIDDEN, "", problem);
    };
    if form.get("signInAsKnownUser").is_some() {
        return match request.known_user().await? {
            Some(known) => Ok(request.complete(known).await),
            None => first(StatusCode::OK, "", Some(Problem::SignInExpired)),
        };
    }
    let step = Step::of(&form, &call.domain.pool.settings);
    if step.passwords_differ()
        && let Some(again) = challenge::again(frame, &step, Problem::PasswordsDiffer)
    {
        return Ok(again);
    }
    let client_context = request.client_context();
    match challenge::take(app, &call.context, client_context, &step).await {
        Ok(Outcome::Browser(signed_in)) => request.signed_in_now(&signed_in).await,
        Ok(outcome) => match challenge::page(frame, outcome) {
            Some(page) => Ok(page),
            None => {
                let problem = Some(Problem::Text(NO_PAGE));
                first(StatusCode::OK, step.username(), problem)
            }
        },
        Err(Error::Refused(Failure::UserNotConfirmed)) => request.go_to_confirm(step.username()),
        Err(Error::Refused(Failure::PasswordResetRequired)) => {
            let data = PageData::Forgotten(step.username().to_owned());
            request.go_to_with("forgotPassword", &data)
        }
        Err(error) => {
            let ends = challenge::ends(&error);
            let message = request.words("RespondToAuthChallenge", error)?;
            let problem = Problem::Text(&message);
            match challenge::again(frame, &step, problem).filter(|_| !ends) {
                Some(again) => Ok(again),
                None => first(StatusCode::OK, step.username(), Some(problem)),
            }
        }
    }
}
