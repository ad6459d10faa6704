//! Limits of requests, as a layer over the routers: the size of bodies, the time that they take to
//! arrive, the memory of all bodies together, and the number of requests in flight. Of the last two, each
//! source can take a share.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::time::{Instant, timeout, timeout_at};

use super::fair_share::{FairShare, Portion};
use crate::app::App;
use crate::config::ServerConfig;
use crate::context::SourceAddress;
use crate::domain::source_network::SourceNetwork;
use crate::oauth;

/// The most bytes of request bodies that are in memory at once.
const MAX_BUFFERED_BYTES: usize = 64 * 1024 * 1024;
/// How long the rest of a refused body is read and discarded. A client that is still sending when the
/// connection closes does not get the response.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request was refused before its handler was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is larger than [`Gate::body_bound`].
    BodyTooLarge,
    /// The body did not arrive within `server.body_timeout_seconds`, or arrived too slowly.
    BodyTimeout,
    /// The body ended early or is not valid HTTP.
    BodyUnreadable,
    /// Too many requests are in flight, or their bodies take too much memory.
    Overloaded,
}

/// How many bytes a body may have. `None` if the head of its request alone decides the answer: then nobody waits for
/// the body, and the handler gets an empty one.
pub enum BodySize<'a> {
    /// It is known.
    Known(Option<usize>),
    /// It depends on what has to be read first.
    Asked(Pin<Box<dyn Future<Output = Option<usize>> + Send + 'a>>),
}

/// What some routes ask of a request before it reaches them.
pub trait Gate: Send + Sync + 'static {
    /// How many bytes the body of a request with this head may have, where `usual` is `server.max_body_bytes`.
    fn body_bound<'a>(&'a self, head: &'a Parts, usual: usize) -> BodySize<'a>;

    /// The response to a refused request.
    fn refuse(&self, refusal: Refusal) -> Response;
}

/// The gate of routes that are not the API's.
pub struct Pages;

impl Gate for Pages {
    fn body_bound<'a>(&'a self, _: &'a Parts, usual: usize) -> BodySize<'a> {
        BodySize::Known(Some(usual))
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let (status, message) = status_and_message(refusal);
        (status, Json(json!({ "message": message }))).into_response()
    }
}

/// The gate of the routes of domains, whose answers all have an id.
pub struct Domains(pub Arc<App>);

impl Gate for Domains {
    fn body_bound<'a>(&'a self, _: &'a Parts, usual: usize) -> BodySize<'a> {
        // Nobody has signed the request.
        let open = self.0.config.server.max_open_body_bytes;
        BodySize::Known(Some(open.min(usual)))
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let (status, message) = status_and_message(refusal);
        oauth::refused(&self.0, status, message)
    }
}

/// The limits of one listener. The routers of a listener share them, and the sources of requests have their
/// shares of what is limited.
pub struct RequestLimits {
    in_flight: Arc<FairShare>,
    buffered: Arc<FairShare>,
    max_body_bytes: usize,
    body_timeout: Duration,
    body_grace: Duration,
    /// Bytes that arrive within each `body_grace` at least; 0 for no such rule.
    bytes_within_grace: usize,
}

impl RequestLimits {
    /// The limits of `config`.
    pub fn new(config: &ServerConfig) -> Self {
        // One source can have half of it, so two of the largest bodies have to fit.
        let buffered = MAX_BUFFERED_BYTES.max(config.max_body_bytes.saturating_mul(2));
        let grace = usize::try_from(config.body_grace_seconds).unwrap_or(usize::MAX);
        Self {
            in_flight: FairShare::new(config.max_requests_in_flight),
            buffered: FairShare::new(buffered),
            max_body_bytes: config.max_body_bytes,
            body_timeout: Duration::from_secs(config.body_timeout_seconds),
            body_grace: Duration::from_secs(config.body_grace_seconds),
            bytes_within_grace: config.min_body_bytes_per_second.saturating_mul(grace),
        }
    }

    /// Applies the limits to the routes of `router`, but not to its fallback. Handlers get the whole
    /// body.
    pub fn apply(self: &Arc<Self>, router: Router, gate: Arc<dyn Gate>) -> Router {
        let state = (Arc::clone(self), gate);
        router.route_layer(middleware::from_fn_with_state(state, limit))
    }

    /// Applies the limits to the fallback of `router` too.
    pub fn apply_to_all(self: &Arc<Self>, router: Router, gate: Arc<dyn Gate>) -> Router {
        let state = (Arc::clone(self), gate);
        router.layer(middleware::from_fn_with_state(state, limit))
    }

    async fn run(
        &self,
        request: Request,
        next: Next,
        gate: &dyn Gate,
    ) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let source = head
            .extensions
            .get::<SourceAddress>()
            .map(|source| SourceNetwork::of(source.0));
        let bound = match gate.body_bound(&head, self.max_body_bytes) {
            BodySize::Known(bound) => bound,
            BodySize::Asked(bound) => bound.await,
        };
        // The memory is counted until the response is ready.
        let (body, _memory) = match bound {
            Some(bound) => {
                let (body, memory) = self.read(body, source, bound).await?;
                (body, Some(memory))
            }
            None => {
                discard(body);
                (Body::empty(), None)
            }
        };
        let _in_flight = self.in_flight.take(source, 1).ok_or_else(overloaded)?;
        Ok(next.run(Request::from_parts(head, body)).await)
    }

    /// The whole body, and its part of [`MAX_BUFFERED_BYTES`]. Only received bytes count, so that a
    /// client cannot reserve memory with a Content-Length alone.
    async fn read(
        &self,
        mut body: Body,
        source: Option<SourceNetwork>,
        bound: usize,
    ) -> Result<(Body, Portion), Refusal> {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > bound {
            discard(body);
            return Err(Refusal::BodyTooLarge);
        }
        let mut memory = self.buffered.take(source, 0).ok_or_else(overloaded)?;
        if body.is_end_stream() {
            return Ok((body, memory));
        }
        match self.read_within(&mut body, bound, &mut memory).await {
            Ok(bytes) => Ok((bytes.into(), memory)),
            Err(refusal) => {
                if refusal != Refusal::BodyTimeout {
                    discard(body);
                }
                Err(refusal)
            }
        }
    }

    async fn read_within(
        &self,
        body: &mut Body,
        bound: usize,
        memory: &mut Portion,
    ) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let mut pace = self.pace(Instant::now());
        loop {
            let frame = timeout_at(pace.deadline(), body.frame()).await;
            let Some(frame) = frame.map_err(|_| Refusal::BodyTimeout)? else {
                return Ok(bytes);
            };
            let data = frame.map_err(|_| Refusal::BodyUnreadable)?.into_data();
            let data = data.unwrap_or_default();
            if bytes.len() + data.len() > bound {
                return Err(Refusal::BodyTooLarge);
            }
            if !memory.grow(data.len()) {
                return Err(overloaded());
            }
            bytes.extend_from_slice(&data);
            pace.arrived(data.len(), Instant::now());
        }
    }

    fn pace(&self, begun: Instant) -> Pace {
        self.pace_within(self.body_timeout, begun)
    }

    /// How fast a body has to arrive that began to at `begun` and may take `most`.
    pub fn pace_within(&self, most: Duration, begun: Instant) -> Pace {
        Pace {
            end: begun + most,
            grace: self.body_grace,
            within_grace: self.bytes_within_grace,
            slow_since: begun,
            since_then: 0,
        }
    }
}

/// How fast a body arrives.
pub struct Pace {
    /// When all of it has to be there.
    end: Instant,
    /// How long it may be slow.
    grace: Duration,
    /// The bytes that have to arrive within that; 0 for any.
    within_grace: usize,
    slow_since: Instant,
    /// The bytes that have arrived since `slow_since`.
    since_then: usize,
}

impl Pace {
    /// Until when more has to arrive.
    pub fn deadline(&self) -> Instant {
        match self.within_grace {
            0 => self.end,
            _ => self.end.min(self.slow_since + self.grace),
        }
    }

    /// Notes that as many bytes have arrived.
    pub fn arrived(&mut self, bytes: usize, now: Instant) {
        self.since_then += bytes;
        if self.since_then >= self.within_grace {
            self.slow_since = now;
            self.since_then = 0;
        }
    }
}

/// The status and the message of a refusal.
fn status_and_message(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
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
    }
}

type LimitState = (Arc<RequestLimits>, Arc<dyn Gate>);

async fn limit(State((limits, gate)): State<LimitState>, request: Request, next: Next) -> Response {
    let answered = limits.run(request, next, gate.as_ref()).await;
    answered.unwrap_or_else(|refusal| gate.refuse(refusal))
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
        Arc::new(RequestLimits::new(config)).apply(pages, Arc::new(Pages))
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

    /// A body has the whole time only while enough of it arrives within each grace.
    #[test]
    fn a_body_that_arrives_too_slowly_has_the_grace_only() {
        let limits = |rate: usize| {
            RequestLimits::new(&ServerConfig {
                min_body_bytes_per_second: rate,
                body_grace_seconds: 3,
                body_timeout_seconds: 10,
                ..ServerConfig::default()
            })
        };
        let begun = Instant::now();
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        let mut pace = limits(10).pace(begun);
        assert_eq!(pace.deadline(), at(3));
        pace.arrived(29, at(1));
        assert_eq!(pace.deadline(), at(3));
        pace.arrived(1, at(2));
        assert_eq!(pace.deadline(), at(5));
        pace.arrived(29, at(4));
        assert_eq!(pace.deadline(), at(5));
        pace.arrived(1000, at(5));
        assert_eq!(pace.deadline(), at(8));
        pace.arrived(30, at(8));
        assert_eq!(pace.deadline(), at(10));
        assert_eq!(limits(0).pace(begun).deadline(), at(10));
    }

    /// One source cannot have all requests in flight.
    #[tokio::test]
    async fn another_source_is_served_beside_one_that_has_its_share_in_flight() {
        let config = ServerConfig {
            max_requests_in_flight: 4,
            ..ServerConfig::default()
        };
        let router = router(&config);
        let send = |path: &str, last: u8| {
            let mut request = HttpRequest::post(path).body(Body::empty()).unwrap();
            let source = SourceAddress([192, 0, 2, last].into());
            request.extensions_mut().insert(source);
            router.clone().oneshot(request)
        };
        let mut hanging = tokio::task::JoinSet::new();
        for _ in 0..2 {
            hanging.spawn(send("/hang", 1));
        }
        tokio::task::yield_now().await;
        assert_eq!(send("/echo", 1).await.unwrap().status(), 503);
        assert_eq!(send("/echo", 2).await.unwrap().status(), 200);
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
