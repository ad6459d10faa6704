//! `GET /logout` (domain 5).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use url::form_urlencoded;

use super::authorize::redirect;
use super::call::DomainCall;
use super::{cookies, errors, query};
use crate::app::App;
use crate::flows::browser_sessions;
use crate::flows::oauth::logout::{self, Destination, LogoutError};

/// Ends the browser's sign-in, and sends the browser on.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let found = cookies::all(&call, &headers, cookies::SESSION);
    for cookie in &found {
        if let Err(error) = browser_sessions::end(&app, &call.domain.pool.id, cookie).await {
            return errors::failure(&error);
        }
    }
    let text = uri.query().unwrap_or_default();
    let query = query::read(text);
    let mut response = match logout::destination(&app, &call.context, &call.domain, &query).await {
        Ok(Destination::Application(location)) => redirect(&location),
        Ok(Destination::SignIn { scope: None }) => redirect(&call.page("login", text)),
        Ok(Destination::SignIn { scope: Some(scope) }) => {
            let scope = form_urlencoded::byte_serialize(scope.as_bytes()).collect::<String>();
            // One without a value counts as absent.
            let text = query::without(text, "scope");
            redirect(&call.page("login", &format!("{text}&scope={scope}")))
        }
        Err(LogoutError::Page(fault)) => {
            let (page, query) = errors::page_of(&fault, query.get("client_id"), text);
            redirect(&call.page(page, &query))
        }
        Err(LogoutError::Flow(error)) => errors::failure(&error),
    };
    if !found.is_empty()
        && let Ok(value) = HeaderValue::try_from(cookies::removal(&call, cookies::SESSION))
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
