//! What only the development profile serves, under `/_cognate/`: the inbox, and the route that moves the
//! clock.
//!
//! They need no authentication, so web pages of other origins in the developer's browser must not
//! reach them: neither by a cross-origin request nor by a host name that was rebound to loopback.

use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::clock::Clock;
use crate::protocol::sigv4::is_for_this_machine;

/// The farthest move of the clock: a century, in seconds.
const MAX_MOVE_SECONDS: i64 = 100 * 366 * 24 * 3600;

/// The hosts under which the development routes may be requested.
#[derive(Clone, Debug)]
pub struct LocalAccess {
    /// Whether the server listens on loopback only. If not, other machines use its addresses and its
    /// names in the local network.
    pub loopback_only: bool,
    /// The host name of the public URL, which is permitted besides those of loopback.
    pub public_host: Option<String>,
}

/// `POST /_cognate/clock` and the routes of `inbox`, all refused to web pages of other origins.
pub fn router(clock: Clock, inbox: Router, access: LocalAccess) -> Router {
    Router::new()
        .route("/_cognate/clock", post(move_clock))
        .with_state(clock)
        .merge(inbox)
        .layer(DefaultBodyLimit::max(4096))
        .layer(middleware::from_fn_with_state(access, refuse_web_pages))
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
    State(access): State<LocalAccess>,
    request: Request,
    next: Next,
) -> Response {
    if is_allowed(&access, &request) {
        return next.run(request).await;
    }
    let error = json!({
        "message": "this address is for the machine's own user, not for web pages of other origins"
    });
    (StatusCode::FORBIDDEN, Json(error)).into_response()
}

fn is_allowed(access: &LocalAccess, request: &Request) -> bool {
    let headers = request.headers();
    if !is_for_this_machine(headers, access.public_host.as_deref())
        && (access.loopback_only || !is_for_local_name(headers))
    {
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

/// Whether the `Host` header is an IP address, or a name without a dot such as a container's. A web page
/// that rebinds its name uses a name of the public DNS, which has dots.
fn is_for_local_name(headers: &HeaderMap) -> bool {
    headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<Authority>().ok())
        .is_some_and(|authority| {
            let name = authority.host();
            let address = name.trim_start_matches('[').trim_end_matches(']');
            address.parse::<IpAddr>().is_ok() || !name.contains('.')
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A server beyond loopback also accepts addresses and local names, but no public names.
    #[test]
    fn a_rebound_name_is_refused() {
        let allows = |loopback_only: bool, host: &str| {
            let access = LocalAccess {
                loopback_only,
                public_host: Some("id.example.com".to_owned()),
            };
            let request = Request::builder().header(HOST, host);
            is_allowed(&access, &request.body(axum::body::Body::empty()).unwrap())
        };
        for host in [
            "127.0.0.1:2646",
            "[::1]:2646",
            "localhost",
            "id.example.com",
        ] {
            assert!(allows(true, host) && allows(false, host), "{host}");
        }
        for host in ["192.168.1.7:2646", "[fd00::1]:2646", "cognate:2646"] {
            assert!(!allows(true, host) && allows(false, host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:2646", ""] {
            assert!(!allows(true, host) && !allows(false, host), "{host}");
        }
    }
}
