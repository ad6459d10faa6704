//! Limits of requests, as a layer over the routers: the size of bodies, the time that they take to
//! arrive, the memory of all bodies together, and the number of requests in flight.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::config::ServerConfig;

/// The most bytes of request bodies that are in memory at once.
const MAX_BUFFERED_BYTES: usize = 64 * 1024 * 1024;
/// How long the rest of a refused body is read and discarded. A client that is still sending when the
/// connection closes does not get the response.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request was refused before its handler was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is larger than `server.max_body_bytes`.
    BodyTooLarge,
    /// The body did not arrive within `server.body_timeout_seconds`.
    BodyTimeout,
    /// The body ended early or is not valid HTTP.
    BodyUnreadable,
    /// Too many requests are in flight, or their bodies take too much memory.
    Overloaded,
}

/// The limits of one listener. The routers of a listener share them.
pub struct RequestLimits {
    in_flight: Semaphore,
    buffered: Semaphore,
    max_body_bytes: usize,
    body_timeout: Duration,
}

impl RequestLimits {
    /// The limits of `config`.
    pub fn new(config: &ServerConfig) -> Self {
        Self {
            in_flight: Semaphore::new(config.max_requests_in_flight),
            buffered: Semaphore::new(MAX_BUFFERED_BYTES.max(config.max_body_bytes)),
            max_body_bytes: config.max_body_bytes,
            body_timeout: Duration::from_secs(config.body_timeout_seconds),
        }
    }

    /// Applies the limits to the routes of `router`, but not to its fallback. Handlers get the whole
    /// body; `respond` gives the response to a refused request.
    pub fn apply(self: &Arc<Self>, router: Router, respond: fn(Refusal) -> Response) -> Router {
        let state = (Arc::clone(self), respond);
        router.route_layer(middleware::from_fn_with_state(state, limit))
    }

    async fn run(&self, request: Request, next: Next) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let content_length = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if content_length > self.max_body_bytes {
            discard(body);
            return Err(Refusal::BodyTooLarge);
        }
        // The memory is counted until the response is ready.
        let (body, _memory) = self.read(body).await?;
        let _permit = self.in_flight.try_acquire().map_err(|_| overloaded())?;
        Ok(next.run(Request::from_parts(head, body)).await)
    }

    /// The whole body, and its share of [`MAX_BUFFERED_BYTES`]. Only received bytes count, so that a
    /// client cannot reserve memory with a Content-Length alone.
    async fn read(&self, mut body: Body) -> Result<(Body, SemaphorePermit<'_>), Refusal> {
        let mut memory = self
            .buffered
            .try_acquire_many(0)
            .map_err(|_| overloaded())?;
        if body.is_end_stream() {
            return Ok((body, memory));
        }
        let mut bytes = Vec::new();
        let all = async {
            while let Some(frame) = body.frame().await {
                let data = frame.map_err(|_| Refusal::BodyUnreadable)?.into_data();
                let data = data.unwrap_or_default();
                if bytes.len() + data.len() > self.max_body_bytes {
                    return Err(Refusal::BodyTooLarge);
                }
                let more = u32::try_from(data.len()).unwrap_or(u32::MAX);
                let more = self.buffered.try_acquire_many(more);
                memory.merge(more.map_err(|_| overloaded())?);
                bytes.extend_from_slice(&data);
            }
            Ok(())
        };
        match timeout(self.body_timeout, all).await {
            Ok(Ok(())) => Ok((bytes.into(), memory)),
            Ok(Err(refusal)) => {
                discard(body);
                Err(refusal)
            }
            Err(_) => Err(Refusal::BodyTimeout),
        }
    }
}

/// The response of a router that is not the API's to a refused request.
pub fn plain_refusal(refusal: Refusal) -> Response {
    let (status, message) = match refusal {
        Refusal::BodyTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is too large.",
        ),
        Refusal::BodyTimeout => (
            StatusCode::REQUEST_TIMEOUT,
            "The request body did not arrive in time.",
        ),
        Refusal::BodyUnreadable => (StatusCode::BAD_REQUEST, "The request body cannot be read."),
        Refusal::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "Too many requests"),
    };
    (status, Json(json!({ "message": message }))).into_response()
}

type LimitState = (Arc<RequestLimits>, fn(Refusal) -> Response);

async fn limit(
    State((limits, respond)): State<LimitState>,
    request: Request,
    next: Next,
) -> Response {
    limits.run(request, next).await.unwrap_or_else(respond)
}

/// Counts a request that is shed.
fn overloaded() -> Refusal {
    metrics::counter!("cognate_requests_shed_total").increment(1);
    Refusal::Overloaded
}

/// Reads the rest of a body in the background, for [`DISCARD_TIMEOUT`] at the most.
pub fn discard(mut body: Body) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(timeout(DISCARD_TIMEOUT, async move {
        while let Some(Ok(_)) = body.frame().await {}
    }));
}

#[cfg(test)]
mod tests {
    use axum::http::Request as HttpRequest;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    /// A router of one page that echoes the length of the body, and one that never answers.
    fn router(config: &ServerConfig) -> Router {
        let echo = |body: axum::body::Bytes| async move { body.len().to_string() };
        let pages = Router::new()
            .route("/echo", post(echo))
            .route("/hang", post(std::future::pending::<()>));
        Arc::new(RequestLimits::new(config)).apply(pages, plain_refusal)
    }

    async fn status(router: Router, path: &str, body: Body) -> StatusCode {
        let request = HttpRequest::post(path).body(body).unwrap();
        router.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_body_above_the_limit_is_refused() {
        let config = ServerConfig {
            max_body_bytes: 8,
            ..ServerConfig::default()
        };
        let router = router(&config);
        assert_eq!(
            status(router.clone(), "/echo", "12345678".into()).await,
            200
        );
        assert_eq!(status(router, "/echo", "123456789".into()).await, 413);
    }

    #[tokio::test]
    async fn a_request_beyond_those_in_flight_is_refused() {
        let config = ServerConfig {
            max_requests_in_flight: 1,
            ..ServerConfig::default()
        };
        let router = router(&config);
        let first = tokio::spawn(status(router.clone(), "/hang", Body::empty()));
        tokio::task::yield_now().await;
        assert_eq!(status(router.clone(), "/echo", Body::empty()).await, 503);
        first.abort();
        let _ = first.await;
        assert_eq!(status(router, "/echo", Body::empty()).await, 200);
    }
}
