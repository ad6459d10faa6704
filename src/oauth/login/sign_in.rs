//! `/login`: the page that a sign-in begins with, and what its form leads to.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;

use super::challenge::{self, Step};
use super::error_page;
use super::frame::Frame;
use crate::app::App;
use crate::domain::attribute::Contact;
use crate::domain::authorization_request::{PageFault, Query};
use crate::domain::browser_session::LIFE_SECONDS;
use crate::flows::authentication::outcome::{BrowserSignIn, Outcome};
use crate::flows::browser_sessions::{self, SignedIn};
use crate::flows::oauth::authorize::{self, AuthorizeError, Checked};
use crate::flows::{self, Error};
use crate::oauth::authorize::redirect;
use crate::oauth::call::DomainCall;
use crate::oauth::form::Form;
use crate::oauth::{cookies, errors, query};
use crate::operations;
use crate::pages::login::field::Identifier;
use crate::pages::login::outcome::ErrorKind;
use crate::pages::login::shell::Problem;
use crate::pages::login::sign_in::{SignIn, SignInForm};

/// What the page of an app client says that the pool itself may not sign in users of.
const NO_PROVIDER: &str = "Login option is not available. Please try another one";
/// What a form is answered that another page has sent.
const FOREIGN_FORM: &str =
    "The form was not sent by this page, or the page is too old. Please try again.";

/// What is said where a sign-in goes on with a step that the pages do not have yet.
const NO_PAGE: &str = "This account needs a step that the login pages do not have yet. Sign in with the application's \
                       own form, or ask an administrator.";

/// What every request for a login page begins with.
struct Begun {
    checked: Checked,
    query: Query,
}

/// Checks the query, which the pages travel with.
async fn begin(app: &App, call: &DomainCall, text: &str) -> Result<Begun, Response> {
    let query = query::read(text);
    match authorize::check(app, &call.domain, &query).await {
        Ok(checked) => Ok(Begun { checked, query }),
        Err(error) => Err(refused(call, &query, text, &error)),
    }
}

fn refused(call: &DomainCall, query: &Query, text: &str, error: &AuthorizeError) -> Response {
    match error {
        AuthorizeError::Page(PageFault::NoProvider) => {
            let what = (ErrorKind::Request, NO_PROVIDER);
            error_page::page(call, StatusCode::UNAUTHORIZED, what, None)
        }
        AuthorizeError::Page(fault) => {
            let (page, query) = errors::page_of(fault, query.get("client_id"), text);
            redirect(&call.page(page, &query))
        }
        AuthorizeError::Redirect(location) => redirect(location),
        AuthorizeError::Flow(error) => errors::failure(error),
    }
}

/// The frame of the pages, or the answer of a client that has none.
async fn frame<'a>(
    app: &App,
    (call, headers): (&'a DomainCall, &HeaderMap),
    text: &'a str,
    begun: &'a Begun,
) -> Result<Frame<'a>, Response> {
    let client = &begun.checked.client_context.client;
    let query = (text, begun.query.get("lang"));
    match Frame::of(app, call, headers, query, client).await {
        Ok(Some(frame)) => Ok(frame),
        Ok(None) => {
            let what = (ErrorKind::Unavailable, "");
            Err(error_page::page(call, StatusCode::BAD_REQUEST, what, None))
        }
        Err(error) => Err(errors::failure(&error)),
    }
}

/// The page, which offers the account of the browser's session.
pub(in crate::oauth) async fn show(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let text = uri.query().unwrap_or_default();
    let shown = async {
        let begun = begin(&app, &call, text).await?;
        let frame = frame(&app, (&call, &headers), text, &begun).await?;
        let known = known_user(&app, (&call, &headers), &begun).await;
        let known = known.map_err(|error| errors::failure(&error))?;
        let known = known.as_ref().map(|known| known.user.username.as_str());
        let hint = begun.query.get("login_hint").unwrap_or_default();
        Ok::<_, Response>(first_page(&frame, StatusCode::OK, (hint, known), None))
    };
    shown.await.unwrap_or_else(|refused| refused)
}

async fn known_user(
    app: &App,
    (call, headers): (&DomainCall, &HeaderMap),
    begun: &Begun,
) -> flows::Result<Option<SignedIn>> {
    let token = cookies::get(call, headers, cookies::SESSION);
    authorize::known(app, &call.context, &begun.checked, token.as_ref()).await
}

fn first_page(
    frame: &Frame<'_>,
    status: StatusCode,
    (username, known_user): (&str, Option<&str>),
    problem: Option<Problem<'_>>,
) -> Response {
    let settings = &frame.call.domain.pool.settings;
    let page = SignIn {
        shell: &frame.shell(&[], problem),
        form: SignInForm::Password,
        identifier: match settings.username_attributes.as_slice() {
            [] => Identifier::Username,
            [Contact::Email] => Identifier::Email,
            [Contact::PhoneNumber] => Identifier::Phone,
            [_, ..] => Identifier::EmailOrPhone,
        },
        username,
        // Their pages are not there yet.
        forgot_password: false,
        sign_up: false,
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
        let begun = begin(&app, &call, text).await?;
        let frame = frame(&app, (&call, &headers), text, &begun).await?;
        let form = Form::read(&headers, &body);
        let form = form
            .ok()
            .filter(|form| frame.is_own_form(&headers, form.get("_csrf")));
        let Some(form) = form else {
            let problem = Some(Problem::Text(FOREIGN_FORM));
            let status = StatusCode::FORBIDDEN;
            return Ok(first_page(&frame, status, ("", None), problem));
        };
        if form.get("signInAsKnownUser").is_some() {
            let known = known_user(&app, (&call, &headers), &begun).await;
            return match known.map_err(|error| errors::failure(&error))? {
                Some(known) => complete(&app, &call, (&begun, text), known, None).await,
                None => {
                    let problem = Some(Problem::SignInExpired);
                    Ok(first_page(&frame, StatusCode::OK, ("", None), problem))
                }
            };
        }
        let step = Step::of(&form, &call.domain.pool.settings);
        if step.passwords_differ() {
            let again = challenge::again(&frame, &step, Problem::PasswordsDiffer);
            return Ok(again.unwrap_or_else(|| {
                first_page(&frame, StatusCode::OK, (step.username(), None), None)
            }));
        }
        let client_context = &begun.checked.client_context;
        match challenge::take(&app, &call.context, client_context, &step).await {
            Ok(Outcome::Browser(signed_in)) => {
                signed_in_now(&app, &call, (&begun, text), signed_in).await
            }
            Ok(outcome) => Ok(challenge::page(&frame, outcome).unwrap_or_else(|| {
                let filled_in = (step.username(), None);
                first_page(
                    &frame,
                    StatusCode::OK,
                    filled_in,
                    Some(Problem::Text(NO_PAGE)),
                )
            })),
            Err(Error::Internal(error)) => Err(errors::failure(&Error::Internal(error))),
            Err(error) => {
                let ends = challenge::ends(&error);
                let message = words(&call, error);
                let problem = Problem::Text(&message);
                let again = challenge::again(&frame, &step, problem).filter(|_| !ends);
                Ok(again.unwrap_or_else(|| {
                    let filled_in = (step.username(), None);
                    first_page(&frame, StatusCode::OK, filled_in, Some(problem))
                }))
            }
        }
    };
    submitted.await.unwrap_or_else(|refused: Response| refused)
}

/// What the JSON API says of a refusal.
fn words(call: &DomainCall, error: Error) -> String {
    let of = operations::errors::Call {
        operation: "RespondToAuthChallenge",
        request_id: call.context.request_id,
    };
    let error = operations::errors::Error::Flow(error).to_wire(of);
    error.message().unwrap_or_default().to_owned()
}

async fn signed_in_now(
    app: &App,
    call: &DomainCall,
    begun: (&Begun, &str),
    signed_in: BrowserSignIn,
) -> Result<Response, Response> {
    let pool_id = &call.domain.pool.id;
    let found = browser_sessions::find(app, &call.context, pool_id, &signed_in.token).await;
    let Some(found) = found.map_err(|error| errors::failure(&error))? else {
        let error = Error::internal("a sign-in has ended as it was stored");
        return Err(errors::failure(&error));
    };
    complete(app, call, begun, found, Some(&signed_in)).await
}

/// Sends the browser back to the application, with the cookie of a sign-in that is new.
async fn complete(
    app: &App,
    call: &DomainCall,
    (begun, text): (&Begun, &str),
    signed_in: SignedIn,
    new: Option<&BrowserSignIn>,
) -> Result<Response, Response> {
    let completed = authorize::complete(app, &call.context, &begun.checked, signed_in).await;
    let mut response = match completed {
        Ok(location) => redirect(&location),
        Err(error) => refused(call, &begun.query, text, &error),
    };
    if let Some(new) = new {
        let life = Some(LIFE_SECONDS);
        let cookie = cookies::secret(call, cookies::SESSION, &new.token, life);
        if let Ok(mut cookie) = HeaderValue::try_from(cookie.as_str()) {
            cookie.set_sensitive(true);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}
