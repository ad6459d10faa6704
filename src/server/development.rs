//! What only the development profile serves, under `/_cognate/`: the inbox and the clock.
//!
//! Nobody has to sign in for these, so a web page in the developer's browser must not reach them:
//! neither by a request across origins nor by a host name that was rebound to loopback.

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

/// A century, in seconds; further moves help no test.
const FURTHEST: i64 = 100 * 366 * 24 * 3600;

/// Whom the development routes trust.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Whether the server is reached over loopback only; else other machines use its addresses and
    /// the names that their own network gives it.
    pub loopback_only: bool,
    /// A host name, besides those of loopback, under which the server is meant to be reached.
    pub own_host: Option<String>,
}

/// `POST /_cognate/clock`, and `inbox` with its own paths, all closed to foreign web pages.
pub fn router(clock: Clock, inbox: Router, trust: Trust) -> Router {
    Router::new()
        .route("/_cognate/clock", post(move_clock))
        .with_state(clock)
        .merge(inbox)
        .layer(DefaultBodyLimit::max(4096))
        .layer(middleware::from_fn_with_state(trust, refuse_web_pages))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Move {
    advance_seconds: i64,
}

async fn move_clock(State(clock): State<Clock>, body: Bytes) -> Response {
    let requested = serde_json::from_slice::<Move>(&body)
        .ok()
        .filter(|to| (-FURTHEST..=FURTHEST).contains(&to.advance_seconds));
    let Some(to) = requested else {
        let error = json!({ "message": "expected {\"advanceSeconds\": n}, a whole number" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let now = clock.advance(to.advance_seconds);
    tracing::info!(seconds = to.advance_seconds, "clock moved");
    Json(json!({ "nowMillis": now.millis() })).into_response()
}

async fn refuse_web_pages(State(trust): State<Trust>, request: Request, next: Next) -> Response {
    if is_trusted(&trust, &request) {
        return next.run(request).await;
    }
    let error = json!({
        "message": "this address is for the machine's own user, not for web pages of other origins"
    });
    (StatusCode::FORBIDDEN, Json(error)).into_response()
}

fn is_trusted(trust: &Trust, request: &Request) -> bool {
    let headers = request.headers();
    if !is_for_this_machine(headers, trust.own_host.as_deref())
        && (trust.loopback_only || !is_for_a_local_name(headers))
    {
        return false;
    }
    let fetched = headers.get("sec-fetch-site").is_some_and(|site| {
        // A link to the page from elsewhere is a navigation, which gives the other page nothing.
        let followed = headers
            .get("sec-fetch-mode")
            .is_some_and(|m| m == "navigate");
        site != "same-origin" && site != "none" && !followed
    });
    !fetched && is_same_origin(headers)
}

/// Whether the `Host` header names an address, or a name without a dot as a container has. A web page
/// that rebinds its name to another address comes with one of the public domain name system.
fn is_for_a_local_name(headers: &HeaderMap) -> bool {
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

/// A request without `Origin` is not a page's, or one of our own page's.
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

    /// Beyond loopback the machines of the own network come in, and no name that a page could own.
    #[test]
    fn a_rebound_name_is_not_trusted_beyond_loopback() {
        let trusts = |loopback_only: bool, host: &str| {
            let trust = Trust {
                loopback_only,
                own_host: Some("id.example.com".to_owned()),
            };
            let request = Request::builder().header(HOST, host);
            is_trusted(&trust, &request.body(axum::body::Body::empty()).unwrap())
        };
        for host in [
            "127.0.0.1:2646",
            "[::1]:2646",
            "localhost",
            "id.example.com",
        ] {
            assert!(trusts(true, host) && trusts(false, host), "{host}");
        }
        for host in ["192.168.1.7:2646", "[fd00::1]:2646", "cognate:2646"] {
            assert!(!trusts(true, host) && trusts(false, host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:2646", ""] {
            assert!(!trusts(true, host) && !trusts(false, host), "{host}");
        }
    }
}
