//! `GET /oauth2/authorize` (domain 2).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{CONTROLS, utf8_percent_encode};

use super::call::DomainCall;
use super::{cookies, errors, query, redirect_fault};
use crate::app::App;
use crate::flows::oauth::authorize::{self, Answer, AuthorizeError};

/// Sends the browser to the login page, or straight back.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let text = uri.query().unwrap_or_default();
    let query = query::read(text);
    let cookie = cookies::get(&call, &headers, cookies::SESSION);
    let answered = async {
        let checked = authorize::check(&app, &call.domain, &query).await?;
        authorize::answer(&app, &call.context, &checked, cookie.as_ref()).await
    };
    match answered.await {
        Ok(Answer::Application(location)) => redirect(&location),
        Err(AuthorizeError::Redirect(refusal)) => redirect(&redirect_fault::address(&refusal)),
        Ok(Answer::SignIn) => redirect(&call.page("login", text)),
        Err(AuthorizeError::Page(fault)) => {
            let (page, query) = errors::page_of(&fault, query.get("client_id"), text);
            redirect(&call.page(page, &query))
        }
        Err(AuthorizeError::Flow(error)) => errors::failure(&error),
    }
}

/// Sends the browser to an address. A registered one may have letters that a header may not.
pub(super) fn redirect(location: &str) -> Response {
    let location = utf8_percent_encode(location, CONTROLS).to_string();
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}
