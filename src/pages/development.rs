//! What only the development profile serves, and to whom: the page at `/`, and under `/_cognate/` the inbox
//! and the clock.
//!
//! They need no authentication, so web pages of other origins in the developer's browser must not
//! reach them: neither by a cross-origin request nor by a host name that was rebound to loopback.

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::protocol::local_hosts::LocalHosts;

/// The largest body that these routes read.
const MAX_BODY_BYTES: usize = 4096;

/// The routes of `pages`, refused to web pages of other origins.
pub fn protect(pages: Router, hosts: LocalHosts) -> Router {
    pages
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(hosts, refuse_web_pages))
}

async fn refuse_web_pages(
    State(hosts): State<LocalHosts>,
    request: Request,
    next: Next,
) -> Response {
    if is_allowed(&hosts, &request) {
        return next.run(request).await;
    }
    let error = json!({
        "message": "this is not for web pages of other origins, nor under a host name that the public DNS may have"
    });
    (StatusCode::FORBIDDEN, Json(error)).into_response()
}

fn is_allowed(hosts: &LocalHosts, request: &Request) -> bool {
    let headers = request.headers();
    if !hosts.permit(headers) {
        return false;
    }
    let cross_site = headers.get("sec-fetch-site").is_some_and(|site| {
        // Following a link is a navigation, whose response the linking page cannot read.
        let navigation = headers
            .get("sec-fetch-mode")
            .is_some_and(|m| m == "navigate");
        site != "same-origin" && site != "none" && !navigation
    });
    !cross_site && is_same_origin(headers)
}

/// Whether the `Origin` header, if any, is that of this server. Browsers send none with navigations and
/// same-origin reads.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let authority = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, authority)| authority);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    authority.is_some() && authority == host
}
