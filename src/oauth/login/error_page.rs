//! `GET /error` (domain 2.7, 10.6), and the pages that stand in the place of another.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

use crate::app::App;
use crate::domain::authorization_request::{Query, REDIRECT_MISMATCH};
use crate::flows::oauth::clients;
use crate::oauth::call::DomainCall;
use crate::oauth::{errors, query};
use crate::pages::login::branding::Branding;
use crate::pages::login::headers::{FormTargets, of_page};
use crate::pages::login::language::Language;
use crate::pages::login::outcome::{ErrorKind, ErrorPage};
use crate::pages::login::shell::Shell;

/// Says what is wrong with a request that cannot be answered at the application's own address.
pub(in crate::oauth) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
) -> Response {
    let query = query::read(uri.query().unwrap_or_default());
    let client_id = query.get("client_id").unwrap_or_default();
    let is_known = match clients::find(&app, &call.domain.pool, client_id).await {
        Ok(found) => found.is_some(),
        Err(error) => return errors::failure(&error),
    };
    let (text, refused) = reason(&query, is_known);
    let what = (kind(&call), text.as_str());
    page(&call, StatusCode::BAD_REQUEST, what, refused)
}

/// What the error page of the domain says first (domain 10.6).
pub(super) fn kind(call: &DomainCall) -> ErrorKind {
    if call.domain.domain.has_managed_login() {
        ErrorKind::General
    } else {
        ErrorKind::Request
    }
}

/// The reason, which follows from the query. A text in the query is never shown as the server's own: anybody can make
/// a link to this page.
fn reason(query: &Query, is_known: bool) -> (String, Option<(&str, &str)>) {
    let missing = |name: &str| format!("Required String parameter '{name}' is not present");
    match (query.get("error"), query.get("client_id")) {
        (Some(error), _) if error == REDIRECT_MISMATCH => (error.to_owned(), None),
        (_, None) => (missing("client_id"), None),
        (_, Some(id)) if !is_known => {
            let refused = is_client_id(id).then_some(("client_id", id));
            ("Client does not exist".to_owned(), refused)
        }
        (None, Some(_)) => (missing("redirect_uri"), None),
        (Some(_), Some(_)) => ("The request is not valid.".to_owned(), None),
    }
}

/// Whether an app client could be called so, in the service's model.
fn is_client_id(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_+".contains(&byte);
    text.len() <= 128 && text.bytes().all(known)
}

/// A page that says why there is no other.
pub(super) fn page(
    call: &DomainCall,
    status: StatusCode,
    (kind, text): (ErrorKind, &str),
    refused: Option<(&str, &str)>,
) -> Response {
    let branding = Branding::default();
    let shell = Shell {
        language: Language::default(),
        base_path: &call.base,
        query: "",
        csrf: "",
        client_id: "",
        client_name: &call.domain.domain.name,
        branding: &branding,
        hidden: &[],
        problem: None,
        field_problems: &[],
        notice: None,
    };
    let page = ErrorPage {
        shell: &shell,
        kind,
        text,
        refused,
        sign_in: false,
    };
    match page.render() {
        Ok(html) => {
            let headers = of_page(&FormTargets::default(), call.is_https);
            (status, headers, Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an error page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
