//! `/confirm` and `/resendcode`: a sign-up is confirmed by the code that was sent (domain 10.2, 10.3).

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::ask::Typed;
use super::end;
use super::next::{self, Next};
use super::page_data::{PageData, SentCode, Told};
use super::request::{Instead, PageCall, PageRequest};
use crate::domain::failure::Failure;
use crate::flows::sign_up::confirm;
use crate::flows::{Error, boxed};
use crate::oauth::errors;
use crate::oauth::form::Form;
use crate::pages::login::shell::{Notice, Problem, Shell};
use crate::pages::login::sign_up::ConfirmSignUp;

const CONFIRM: &str = "ConfirmSignUp";
const RESEND: &str = "ResendConfirmationCode";

/// The page, for a browser that comes from `/signup`, or from `/login` with the name of a user who is not confirmed.
pub(in crate::oauth) async fn show(page: PageCall) -> Result<Response, Instead> {
    let request = page.begin().await?;
    match request.page_data() {
        Some(PageData::SignUp(sent)) => Ok(answer(&request, StatusCode::OK, &sent, None, None)),
        Some(PageData::SignUpWithoutCode) => no_code(&request),
        Some(PageData::Forgotten(_) | PageData::Reset(_) | PageData::Told(..)) | None => {
            Ok(request.go_to("login"))
        }
    }
}

/// Confirms the sign-up.
pub(in crate::oauth) async fn submit(page: PageCall, body: Bytes) -> Result<Response, Instead> {
    let request = page.begin().await?;
    let Some(form) = request.form(&body) else {
        return Ok(foreign(&request));
    };
    let sent = SentCode::of(&form);
    let code = code(&form);
    let input = json!({
        "ClientId": request.client_context().client.id,
        "Username": sent.username,
        "ConfirmationCode": code,
    });
    let problem = match request.broken_constraints(CONFIRM, &input) {
        Some(text) => text,
        None => match confirm(&request, &sent, code).await {
            Ok(confirmed) => return go_on(&request, &sent.username, confirmed).await,
            Err(Error::Refused(_)) if was_confirmed(&request, &sent).await? => {
                return first_sign_in(&request, &sent.username, None).await;
            }
            Err(error) => request.words(CONFIRM, error)?,
        },
    };
    let problem = Some(Problem::Text(&problem));
    Ok(answer(&request, StatusCode::OK, &sent, problem, None))
}

/// The code that was typed, or pasted with blanks around it.
pub(super) fn code(form: &Form) -> &str {
    form.get("code").unwrap_or_default().trim()
}

async fn confirm(
    request: &PageRequest<'_>,
    sent: &SentCode,
    code: &str,
) -> crate::flows::Result<confirm::Confirmed> {
    let (app, context) = (request.app, &request.call.context);
    let named = request.named(&sent.username);
    boxed(|| confirm::confirm_sign_up(app, context, &named, code, false)).await
}

/// Whether this browser has made the sign-up, and it has been confirmed elsewhere: on another device, or by an
/// administrator. Another browser does not learn that.
async fn was_confirmed(request: &PageRequest<'_>, sent: &SentCode) -> Result<bool, Instead> {
    let made = request.page_data().and_then(PageData::sign_up);
    let Some(made) = made.filter(|made| made.username == sent.username && !made.sub.is_empty())
    else {
        return Ok(false);
    };
    let pool = &request.client_context().pool;
    let confirmed = confirm::is_confirmed(request.app, pool, &made.sub).await;
    Ok(confirmed.map_err(|error| errors::failure(&error))?)
}

/// Where a user goes on whose sign-up is confirmed. Only a browser in which the password was typed is signed in: a code
/// alone says that somebody reads the user's mail.
async fn go_on(
    request: &PageRequest<'_>,
    username: &str,
    confirmed: confirm::Confirmed,
) -> Result<Response, Instead> {
    let made = request.page_data().and_then(PageData::sign_up);
    let is_own = made.is_some_and(|made| made.sub == confirmed.user_id);
    first_sign_in(request, username, confirmed.session.filter(|_| is_own)).await
}

/// Goes on with the sign-in of a new user who has made the sign-up in this browser. Others sign in at `/login`.
///
/// # Errors
/// The answer where the server itself has failed.
pub(super) async fn first_sign_in(
    request: &PageRequest<'_>,
    username: &str,
    session: Option<String>,
) -> Result<Response, Instead> {
    // A sign-up proves no level of authentication.
    let may_go_on = request.checked.request.levels.is_empty();
    if let Some(session) = session.filter(|_| may_go_on) {
        match next::after_sign_up(request, &session, username).await {
            Ok(Next::SignedIn(signed_in)) => {
                let response = end::signed_in_now(request, &signed_in).await?;
                return Ok(request.without_page_data(response));
            }
            // A second factor comes first.
            Ok(Next::Ask(asked, notice)) => {
                let page = asked.page(&request.frame, &Typed::default(), None, notice);
                return Ok(request.without_page_data(page));
            }
            // The pool's function refuses, or the address is blocked, which a sign-in at `/login` will say.
            Ok(Next::NoPage) | Err(Error::Refused(_)) => {}
            Err(error) => return Err(errors::failure(&error).into()),
        }
    }
    let told = PageData::Told(Told::SignUpConfirmed, username.to_owned());
    request.go_to_with("login", &told)
}

/// Sends another code.
pub(in crate::oauth) async fn resend(page: PageCall, body: Bytes) -> Result<Response, Instead> {
    let request = page.begin().await?;
    let Some(form) = request.form(&body) else {
        return Ok(foreign(&request));
    };
    let sent = SentCode::of(&form);
    let input = json!({
        "ClientId": request.client_context().client.id,
        "Username": sent.username,
    });
    let problem = match request.broken_constraints(RESEND, &input) {
        Some(text) => text,
        None => {
            let (app, context) = (request.app, &request.call.context);
            let named = request.named(&sent.username);
            match boxed(|| confirm::resend(app, context, &named)).await {
                Ok(delivery) => {
                    let sent = sent.again(delivery);
                    let notice = Some(Notice::NewCodeSent);
                    return Ok(answer(&request, StatusCode::OK, &sent, None, notice));
                }
                Err(error) => request.words(RESEND, error)?,
            }
        }
    };
    let problem = Some(Problem::Text(&problem));
    Ok(answer(&request, StatusCode::OK, &sent, problem, None))
}

fn answer(
    request: &PageRequest<'_>,
    status: StatusCode,
    sent: &SentCode,
    problem: Option<Problem<'_>>,
    notice: Option<Notice>,
) -> Response {
    let shell = &Shell {
        notice,
        ..request.frame.shell(&[], problem)
    };
    let page = ConfirmSignUp {
        shell,
        username: &sent.username,
        sub: &sent.sub,
        source: sent.source(),
    };
    request.frame.page(status, &page)
}

/// The answer to a form that no page of ours has sent: the page, if the browser has been there.
fn foreign(request: &PageRequest<'_>) -> Response {
    let status = StatusCode::FORBIDDEN;
    match request.page_data().and_then(PageData::sign_up) {
        Some(sent) => {
            let problem = Some(Problem::ForeignForm);
            answer(request, status, &sent, problem, None)
        }
        None => request.frame.error(status, Problem::ForeignForm),
    }
}

/// What a user is told who has signed up and gets no code: an administrator has to confirm the sign-up (domain 10.6).
fn no_code(request: &PageRequest<'_>) -> Result<Response, Instead> {
    let settings = &request.client_context().pool.settings;
    let first = settings.auto_verified.first().copied();
    let failure = first.map_or(Failure::AutoVerificationOff, Failure::NothingToVerify);
    let text = request.words(RESEND, failure.into())?;
    let problem = Problem::Text(&text);
    Ok(request.frame.error(StatusCode::BAD_REQUEST, problem))
}
