//! What only the development profile serves, under `/_cognate/`: the inbox, and the route that moves the
//! clock.
//!
//! They need no authentication, so web pages of other origins in the developer's browser must not
//! reach them: neither by a cross-origin request nor by a host name that was rebound to loopback.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::clock::Clock;
use crate::protocol::local_hosts::LocalHosts;

/// The farthest move of the clock: a century, in seconds.
const MAX_MOVE_SECONDS: i64 = 100 * 366 * 24 * 3600;

/// `POST /_cognate/clock` and the routes of `inbox`, all refused to web pages of other origins.
pub fn router(clock: Clock, inbox: Router, hosts: LocalHosts) -> Router {
    Router::new()
        .route("/_cognate/clock", post(move_clock))
        .with_state(clock)
        .merge(inbox)
        .layer(DefaultBodyLimit::max(4096))
        .layer(middleware::from_fn_with_state(hosts, refuse_web_pages))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Move {
    advance_seconds: i64,
}

async fn move_clock(State(clock): State<Clock>, body: Bytes) -> Response {
    let requested = serde_json::from_slice::<Move>(&body)
        .ok()
        .filter(|to| (-MAX_MOVE_SECONDS..=MAX_MOVE_SECONDS).contains(&to.advance_seconds));
    let Some(to) = requested else {
        let error = json!({ "message": "expected {\"advanceSeconds\": n}, a whole number" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let now = clock.advance(to.advance_seconds);
    tracing::info!(seconds = to.advance_seconds, "clock moved");
    Json(json!({ "nowMillis": now.millis() })).into_response()
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
        "message": "this address is for the machine's own user, not for web pages of other origins"
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
