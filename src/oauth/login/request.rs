//! What the requests for login pages have in common: the query that travels from page to page, forms that only our own
//! pages may send, and the way back to the application.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::error_page;
use super::frame::{self, Frame};
use crate::app::App;
use crate::domain::authorization_request::{PageFault, Query};
use crate::flows::browser_sessions::{self, SignedIn};
use crate::flows::lookup::{ClientAndUsername, ClientContext};
use crate::flows::oauth::authorize::{self, AuthorizeError, Checked};
use crate::flows::oauth::clients;
use crate::flows::{self, Error};
use crate::oauth::authorize::redirect;
use crate::oauth::call::DomainCall;
use crate::oauth::form::Form;
use crate::oauth::{cookies, errors, query, redirect_fault};
use crate::operations;
use crate::pages::login::shell::Problem;

/// What the page of an app client says that the pool itself may not sign in users of.
const NO_PROVIDER: &str = "Login option is not available. Please try another one";

/// What is answered instead of the page that was asked for.
#[derive(Debug)]
pub(in crate::oauth) struct Instead(Box<Response>);

impl From<Response> for Instead {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// What the handler of a page is given beside the form.
pub(in crate::oauth) struct PageCall {
    app: Arc<App>,
    call: DomainCall,
    headers: HeaderMap,
    query: String,
}

impl FromRequestParts<Arc<App>> for PageCall {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, StatusCode> {
        let call = parts.extensions.get::<DomainCall>().cloned();
        Ok(Self {
            app: Arc::clone(app),
            call: call.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?,
            headers: parts.headers.clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        })
    }
}

impl PageCall {
    /// [`PageRequest::begin`].
    ///
    /// # Errors
    /// The answer to a request that no page answers.
    pub(super) async fn begin(&self) -> Result<PageRequest<'_>, Instead> {
        self.begin_as(str::to_owned).await
    }

    /// [`PageCall::begin`], where `checked` says which query is checked in the place of the one that travels on.
    ///
    /// # Errors
    /// The answer to a request that no page answers.
    pub(super) async fn begin_as(
        &self,
        checked: impl FnOnce(&str) -> String,
    ) -> Result<PageRequest<'_>, Instead> {
        let query = query::read(&checked(&self.query));
        let of = (&self.call, &self.headers);
        PageRequest::begin(&self.app, of, &self.query, query).await
    }

    /// Sends the browser to another page of the domain, with the query that travels.
    pub(super) fn redirect(&self, page: &str) -> Response {
        redirect(&self.call.page(page, &self.query))
    }
}

/// A request for a login page, whose query names an app client that has pages and an address that it may be sent to.
pub(super) struct PageRequest<'a> {
    pub app: &'a App,
    pub call: &'a DomainCall,
    pub headers: &'a HeaderMap,
    /// The query, as it stands in the URL.
    pub text: &'a str,
    pub query: Query,
    pub checked: Checked,
    pub frame: Frame<'a>,
}

impl<'a> PageRequest<'a> {
    /// Checks `query`, of a request whose own query is `text`.
    async fn begin(
        app: &'a App,
        (call, headers): (&'a DomainCall, &'a HeaderMap),
        text: &'a str,
        query: Query,
    ) -> Result<Self, Instead> {
        let checked = match authorize::check(app, &call.domain, &query).await {
            Ok(checked) => checked,
            Err(AuthorizeError::Page(PageFault::NoProvider)) => {
                return Err(no_provider(app, (call, headers), &query).await.into());
            }
            Err(error) => return Err(refused(call, &query, text, &error).into()),
        };
        let client = &checked.client_context.client;
        let of = (text, query.get("lang"));
        let frame = match Frame::of(app, call, headers, of, client).await {
            Ok(Some(frame)) => frame,
            Ok(None) => {
                let language = frame::language(call, headers, query.get("lang"));
                let status = StatusCode::BAD_REQUEST;
                return Err(error_page::page(call, language, status, None, None).into());
            }
            Err(error) => return Err(errors::failure(&error).into()),
        };
        Ok(Self {
            app,
            call,
            headers,
            text,
            query,
            checked,
            frame,
        })
    }

    /// The app client with its pool.
    pub const fn client_context(&self) -> &ClientContext {
        &self.checked.client_context
    }

    /// A user of the app client, as flows are told of it. A page proves no secret.
    pub fn named(&self, username: &str) -> ClientAndUsername {
        ClientAndUsername {
            client_id: self.client_context().client.id.clone(),
            secret_hash: None,
            username: username.to_owned(),
        }
    }

    /// The form, if a page that this browser got has sent it.
    pub fn form(&self, body: &Bytes) -> Option<Form> {
        let form = Form::read(self.headers, body).ok()?;
        self.frame
            .is_own_form(self.headers, form.get("_csrf"))
            .then_some(form)
    }

    /// What the JSON API's operation says of a refusal.
    ///
    /// # Errors
    /// The answer where the server itself has failed.
    pub fn words(&self, operation: &'static str, error: Error) -> Result<String, Instead> {
        words(self.call, operation, error)
    }

    /// What the JSON API's operation says of an input that breaks the model's constraints; `None` if it keeps them.
    pub fn broken_constraints(&self, operation: &'static str, input: &Value) -> Option<String> {
        input_fault(self.call, operation, input)
    }

    /// What RespondToAuthChallenge says of the bounds of a new password and of the attributes beside it; `None` if they
    /// are kept.
    pub fn broken_by_new_password(
        &self,
        password: &SecretString,
        attributes: &[(String, String)],
    ) -> Option<String> {
        let password = password.expose_secret();
        let checked = operations::form_input::check_new_password(password, attributes);
        Some(wording(self.call, "RespondToAuthChallenge", checked.err()?))
    }

    /// The user who is signed in at the browser, if the request takes that sign-in.
    ///
    /// # Errors
    /// The answer where the server itself has failed.
    pub async fn known_user(&self) -> Result<Option<SignedIn>, Instead> {
        let token = cookies::get(self.call, self.headers, cookies::SESSION);
        let context = &self.call.context;
        let known = authorize::known(self.app, context, &self.checked, token.as_ref()).await;
        Ok(known.map_err(|error| errors::failure(&error))?)
    }

    /// The user of the browser's session, whatever sign-in the request takes.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn browser_session(&self) -> flows::Result<Option<SignedIn>> {
        let Some(token) = cookies::get(self.call, self.headers, cookies::SESSION) else {
            return Ok(None);
        };
        let pool_id = &self.call.domain.pool.id;
        browser_sessions::find(self.app, &self.call.context, pool_id, &token).await
    }

    /// Sends the browser of a user who is signed in back to the application.
    pub async fn complete(&self, signed_in: SignedIn) -> Response {
        let context = &self.call.context;
        match authorize::complete(self.app, context, &self.checked, signed_in).await {
            Ok(location) => redirect(&location),
            Err(error) => refused(self.call, &self.query, self.text, &error),
        }
    }
}

/// What the JSON API's operation says of a refusal.
///
/// # Errors
/// The answer where the server itself has failed.
pub(super) fn words(
    call: &DomainCall,
    operation: &'static str,
    error: Error,
) -> Result<String, Instead> {
    if let Error::Internal(error) = error {
        return Err(errors::failure(&Error::Internal(error)).into());
    }
    Ok(wording(call, operation, error.into()))
}

/// What the JSON API's operation says of an input that breaks the model's constraints; `None` if it keeps them.
pub(super) fn input_fault(
    call: &DomainCall,
    operation: &'static str,
    input: &Value,
) -> Option<String> {
    let error = operations::form_input::check(operation, input).err()?;
    Some(wording(call, operation, error))
}

fn wording(call: &DomainCall, operation: &'static str, error: operations::Error) -> String {
    let of = operations::errors::Call {
        operation,
        request_id: call.context.request_id,
    };
    let error = error.to_wire(of);
    error.message().unwrap_or_default().to_owned()
}

/// The page for an app client whose users the pool may not sign in.
async fn no_provider(
    app: &App,
    (call, headers): (&DomainCall, &HeaderMap),
    query: &Query,
) -> Response {
    let id = query.get("client_id").unwrap_or_default();
    let framed = async {
        let Some(found) = clients::find(app, &call.domain.pool, id).await? else {
            return Ok(None);
        };
        let frame = Frame::of_any(app, call, headers, query.get("lang"), &found.client).await?;
        Ok(Some(frame))
    };
    let (status, problem) = (StatusCode::UNAUTHORIZED, Problem::Text(NO_PROVIDER));
    match framed.await {
        Ok(Some(frame)) => frame.error_without_link(status, problem),
        Ok(None) => {
            let language = frame::language(call, headers, query.get("lang"));
            error_page::page(call, language, status, Some(problem), None)
        }
        Err(error) => errors::failure(&error),
    }
}

fn refused(call: &DomainCall, query: &Query, text: &str, error: &AuthorizeError) -> Response {
    match error {
        AuthorizeError::Page(fault) => {
            let (page, query) = errors::page_of(fault, query.get("client_id"), text);
            redirect(&call.page(page, &query))
        }
        AuthorizeError::Redirect(refusal) => redirect(&redirect_fault::address(refusal)),
        AuthorizeError::Flow(error) => errors::failure(error),
    }
}
