//! `GET /error` (domain 2.7, 10.6), and the pages that stand in the place of another.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

use super::frame::{self, Frame};
use crate::app::App;
use crate::domain::authorization_request::{Query, REDIRECT_MISMATCH};
use crate::flows::oauth::clients;
use crate::oauth::call::DomainCall;
use crate::oauth::{errors, query};
use crate::pages::login::branding::Branding;
use crate::pages::login::headers::{FormTargets, of_page};
use crate::pages::login::language::Language;
use crate::pages::login::outcome::{ErrorKind, ErrorPage};
use crate::pages::login::shell::{Problem, Shell};

/// Says what is wrong with a request that cannot be answered at the application's own address.
pub(in crate::oauth) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let query = query::read(uri.query().unwrap_or_default());
    let (client_id, asked) = (
        query.get("client_id").unwrap_or_default(),
        query.get("lang"),
    );
    let found = match clients::find(&app, &call.domain.pool, client_id).await {
        Ok(found) => found,
        Err(error) => return errors::failure(&error),
    };
    let status = StatusCode::BAD_REQUEST;
    let (problem, refused) = reason(&query, found.is_some());
    let Some(found) = found else {
        let language = frame::language(&call, &headers, asked);
        return page(&call, language, status, Some(problem), refused);
    };
    match Frame::of_any(&app, &call, &headers, asked, &found.client).await {
        Ok(frame) => frame.error_without_link(status, problem),
        Err(error) => errors::failure(&error),
    }
}

/// The reason, which follows from the query. A text in the query is never shown as the server's own: anybody can make
/// a link to this page.
fn reason(query: &Query, is_known: bool) -> (Problem<'static>, Option<(&str, &str)>) {
    let text = |text| (Problem::Text(text), None);
    match (query.get("error"), query.get("client_id")) {
        (Some(error), _) if error == REDIRECT_MISMATCH => text(REDIRECT_MISMATCH),
        (_, None) => text("Required String parameter 'client_id' is not present"),
        (_, Some(id)) if !is_known => {
            let refused = is_client_id(id).then_some(("client_id", id));
            (Problem::Text("Client does not exist"), refused)
        }
        (None, Some(_)) => text("Required String parameter 'redirect_uri' is not present"),
        (Some(_), Some(_)) => (Problem::RequestInvalid, None),
    }
}

/// Whether an app client could be called so, in the service's model.
fn is_client_id(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_+".contains(&byte);
    text.len() <= 128 && text.bytes().all(known)
}

/// A page that says why there is no other, where there is no app client whose look it could have. Without a `problem`
/// it is that the app client's login pages are not available.
pub(super) fn page(
    call: &DomainCall,
    language: Language,
    status: StatusCode,
    problem: Option<Problem<'_>>,
    refused: Option<(&str, &str)>,
) -> Response {
    let branding = Branding::default();
    let shell = Shell {
        language,
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
        kind: problem.map_or(ErrorKind::Unavailable, |_| frame::error_kind(call)),
        problem,
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
