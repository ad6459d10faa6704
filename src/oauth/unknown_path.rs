//! Requests for a path that no route has, but which a domain would have to know: what comes under a domain's host name,
//! or begins with a domain's name (domain 1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::Instrument;

use super::{call, outcome};
use crate::app::App;
use crate::flows::oauth::pool_domains;

/// How these requests are counted, as those for unknown operations.
const UNKNOWN: &str = "Unknown";
/// The longest name of a host.
const MAX_NAME_LENGTH: usize = 253;

/// Answers what belongs to a domain that there is, and leaves everything else to `next`, also while the store does not
/// answer.
pub async fn answer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = app.entropy.uuid();
    let limit = Duration::from_secs(app.config.server.request_timeout_seconds);
    let found = first_domain(&app, possible_names(&app, &request));
    let Ok(Some(domain)) = timeout(limit, found).await else {
        return next.run(request).await;
    };
    let method = request.method();
    let span = tracing::info_span!("domain", %request_id, domain, route = UNKNOWN, %method);
    async {
        let text = "There is nothing at this path of the domain.\n";
        let response = (StatusCode::NOT_FOUND, text).into_response();
        outcome::record(UNKNOWN, started, &response);
        call::identified(response, request_id)
    }
    .instrument(span)
    .await
}

/// The names of domains that the request may belong to.
fn possible_names(app: &App, request: &Request) -> Vec<String> {
    let by_host = call::host_of_other_domain(app, request);
    let by_path = request.uri().path().split('/').nth(1).map(str::to_owned);
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let is_name =
        |name: &String| (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_known);
    let names = [by_host, by_path].into_iter().flatten();
    names.filter(is_name).collect()
}

/// The first of the names that a domain has.
async fn first_domain(app: &App, names: Vec<String>) -> Option<String> {
    for name in names {
        if matches!(pool_domains::find(app, &name).await, Ok(Some(_))) {
            return Some(name);
        }
    }
    None
}
