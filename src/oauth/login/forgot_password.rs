//! `/forgotPassword` and `/confirmforgotPassword`: another password for the code that was sent (domain 10.3).

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::confirm::code;
use super::page_data::{PageData, SentCode, Told};
use super::request::{Instead, PageCall, PageRequest};
use crate::domain::failure::Failure;
use crate::flows::passwords::recovery;
use crate::flows::{Result as FlowResult, boxed};
use crate::pages::login::passwords::{ForgotPassword, ResetPassword};
use crate::pages::login::shell::Problem;

const ASK: &str = "ForgotPassword";
const RESET: &str = "ConfirmForgotPassword";

/// The page that asks who needs another password.
pub(in crate::oauth) async fn show(page: PageCall) -> Result<Response, Instead> {
    let request = page.begin().await?;
    if let Some(instead) = by_admin_only(&request)? {
        return Ok(instead);
    }
    if let Some(PageData::Forgotten(username)) = request.page_data() {
        let page = asking(&request, StatusCode::OK, &username, None);
        return Ok(request.without_page_data(page));
    }
    let hint = request.query.get("login_hint").unwrap_or_default();
    Ok(asking(&request, StatusCode::OK, hint, None))
}

/// Sends the code.
pub(in crate::oauth) async fn submit(page: PageCall, body: Bytes) -> Result<Response, Instead> {
    let request = page.begin().await?;
    if let Some(instead) = by_admin_only(&request)? {
        return Ok(instead);
    }
    let Some(form) = request.form(&body) else {
        let problem = Some(Problem::ForeignForm);
        return Ok(asking(&request, StatusCode::FORBIDDEN, "", problem));
    };
    let username = form.get("username").unwrap_or_default();
    let input = json!({
        "ClientId": request.client_context().client.id,
        "Username": username,
    });
    let problem = match request.broken_constraints(ASK, &input) {
        Some(text) => text,
        None => {
            let (app, context) = (request.app, &request.call.context);
            let named = request.named(username);
            match boxed(|| recovery::forgot_password(app, context, &named)).await {
                Ok(delivery) => {
                    let sent = SentCode::new(username, String::new(), delivery);
                    return request.go_to_with("confirmforgotPassword", &PageData::Reset(sent));
                }
                Err(error) => request.words(ASK, error)?,
            }
        }
    };
    let problem = Some(Problem::Text(&problem));
    Ok(asking(&request, StatusCode::OK, username, problem))
}

fn asking(
    request: &PageRequest<'_>,
    status: StatusCode,
    username: &str,
    problem: Option<Problem<'_>>,
) -> Response {
    let frame = &request.frame;
    let page = ForgotPassword {
        shell: &frame.shell(&[], problem),
        identifier: frame.identifier(),
        username,
    };
    frame.page(status, &page)
}

/// What is said where users have to ask an administrator.
fn by_admin_only(request: &PageRequest<'_>) -> Result<Option<Response>, Instead> {
    if !recovery::recovery_by_admin_only(&request.client_context().pool) {
        return Ok(None);
    }
    let text = request.words(ASK, Failure::RecoveryByAdminOnly.into())?;
    let problem = Problem::Text(&text);
    Ok(Some(request.frame.error(StatusCode::BAD_REQUEST, problem)))
}

/// The page that asks for the code and the new password, for a browser that comes from `/forgotPassword`.
pub(in crate::oauth) async fn show_reset(page: PageCall) -> Result<Response, Instead> {
    let request = page.begin().await?;
    Ok(match reset_of(&request) {
        Some(sent) => resetting(&request, StatusCode::OK, &sent, None),
        None => request.go_to("forgotPassword"),
    })
}

fn reset_of(request: &PageRequest<'_>) -> Option<SentCode> {
    match request.page_data()? {
        PageData::Reset(sent) => Some(sent),
        PageData::SignUp(_)
        | PageData::SignUpWithoutCode
        | PageData::Forgotten(_)
        | PageData::Told(..) => None,
    }
}

/// Sets the new password.
pub(in crate::oauth) async fn submit_reset(
    page: PageCall,
    body: Bytes,
) -> Result<Response, Instead> {
    let request = page.begin().await?;
    let Some(form) = request.form(&body) else {
        let status = StatusCode::FORBIDDEN;
        let problem = Problem::ForeignForm;
        return Ok(match reset_of(&request) {
            Some(sent) => resetting(&request, status, &sent, Some(problem)),
            None => request.frame.error(status, problem),
        });
    };
    let sent = SentCode::of(&form);
    let password = form.secret("password").unwrap_or_default();
    let repeated = form.secret("confirmPassword").unwrap_or_default();
    if password.expose_secret() != repeated.expose_secret() {
        let problem = Some(Problem::PasswordsDiffer);
        return Ok(resetting(&request, StatusCode::OK, &sent, problem));
    }
    let code = code(&form);
    let input = json!({
        "ClientId": request.client_context().client.id,
        "Username": sent.username,
        "ConfirmationCode": code,
        "Password": password.expose_secret(),
    });
    let problem = match request.broken_constraints(RESET, &input) {
        Some(text) => text,
        None => match reset(&request, &sent.username, code, &password).await {
            Ok(()) => {
                let told = PageData::Told(Told::PasswordChanged, sent.username);
                return request.go_to_with("login", &told);
            }
            Err(error) => request.words(RESET, error)?,
        },
    };
    let problem = Some(Problem::Text(&problem));
    Ok(resetting(&request, StatusCode::OK, &sent, problem))
}

async fn reset(
    request: &PageRequest<'_>,
    username: &str,
    code: &str,
    password: &SecretString,
) -> FlowResult<()> {
    let (app, context) = (request.app, &request.call.context);
    let named = request.named(username);
    boxed(|| recovery::confirm_forgot_password(app, context, &named, code, password)).await
}

fn resetting(
    request: &PageRequest<'_>,
    status: StatusCode,
    sent: &SentCode,
    problem: Option<Problem<'_>>,
) -> Response {
    let frame = &request.frame;
    let page = ResetPassword {
        shell: &frame.shell(&[], problem),
        username: &sent.username,
        source: sent.source(),
        policy: &request.client_context().pool.settings.password_policy,
    };
    frame.page(status, &page)
}
