//! The endpoint of the API: reads a request within its limits and dispatches it to the operations.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use uuid::Uuid;

use super::listener::Peer;
use crate::config::ServerConfig;
use crate::entropy::Entropy;
use crate::model::ErrorCode;
use crate::protocol::{self, Environment, Error, Registry};

/// The most bytes of request bodies that are in memory at once.
const MAX_BUFFERED_BYTES: usize = 64 * 1024 * 1024;
/// How long the rest of a refused body is read and discarded. A client that is still sending when the
/// connection closes does not get the response.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// The operations, and the limits of their requests.
pub struct Api<S> {
    state: Arc<S>,
    operations: Registry<S>,
    in_flight: Semaphore,
    buffered: Semaphore,
    max_body_bytes: usize,
    body_timeout: Duration,
    request_timeout: Duration,
}

impl<S: Environment> Api<S> {
    /// An API with the limits of `config`.
    #[must_use]
    pub fn new(state: Arc<S>, operations: Registry<S>, config: &ServerConfig) -> Self {
        Self {
            state,
            operations,
            in_flight: Semaphore::new(config.max_requests_in_flight),
            buffered: Semaphore::new(MAX_BUFFERED_BYTES.max(config.max_body_bytes)),
            max_body_bytes: config.max_body_bytes,
            body_timeout: Duration::from_secs(config.body_timeout_seconds),
            request_timeout: Duration::from_secs(config.request_timeout_seconds),
        }
    }

    /// The route `/` of the operations, and a fallback that answers other paths in the form of the API.
    pub fn router(self) -> Router {
        let api = Arc::new(self);
        Router::new()
            .route("/", any(operation::<S>))
            .fallback(unknown_path::<S>)
            .with_state(api)
    }

    async fn answer(&self, request: Request) -> Response {
        let id = Entropy.uuid();
        into_axum(match self.answer_within_limits(request, id).await {
            Ok(response) => response,
            Err(Refused::TooLarge) => protocol::too_large(id),
            Err(Refused::Because(error)) => protocol::failure(id, &error),
        })
    }

    async fn answer_within_limits(
        &self,
        request: Request,
        id: Uuid,
    ) -> Result<axum::http::Response<Bytes>, Refused> {
        let (head, body) = request.into_parts();
        let content_length = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if content_length > self.max_body_bytes {
            discard(body);
            return Err(Refused::TooLarge);
        }
        let (body, _memory) = self.read(body).await?;
        let Ok(_permit) = self.in_flight.try_acquire() else {
            return Err(too_many_requests());
        };
        let peer = head.extensions.get::<Peer>().map(|peer| peer.0.ip());
        let request = Request::from_parts(head, body);
        Ok(self.dispatch(&request, id, peer).await)
    }

    async fn dispatch(
        &self,
        request: &axum::http::Request<Bytes>,
        id: Uuid,
        peer: Option<IpAddr>,
    ) -> axum::http::Response<Bytes> {
        self.operations
            .answer(&self.state, request, id, peer, self.request_timeout)
            .await
    }

    /// The whole body, and its share of [`MAX_BUFFERED_BYTES`]. Only received bytes count, so that a
    /// client cannot reserve memory with a Content-Length alone.
    async fn read(&self, mut body: Body) -> Result<(Bytes, SemaphorePermit<'_>), Refused> {
        // The error's own text would quote the request.
        let unreadable = || Refused::from(Error::bare(ErrorCode::SerializationException));
        let mut bytes = Vec::new();
        let mut memory = self
            .buffered
            .try_acquire_many(0)
            .map_err(|_| too_many_requests())?;
        let all = async {
            while let Some(frame) = body.frame().await {
                let data = frame.map_err(|_| unreadable())?.into_data();
                let data = data.unwrap_or_default();
                if bytes.len() + data.len() > self.max_body_bytes {
                    return Err(Refused::TooLarge);
                }
                let more = u32::try_from(data.len()).unwrap_or(u32::MAX);
                memory.merge(
                    self.buffered
                        .try_acquire_many(more)
                        .map_err(|_| too_many_requests())?,
                );
                bytes.extend_from_slice(&data);
            }
            Ok(())
        };
        match timeout(self.body_timeout, all).await {
            Ok(Ok(())) => Ok((bytes.into(), memory)),
            Ok(Err(refused)) => {
                discard(body);
                Err(refused)
            }
            Err(_) => Err(Error::new(
                ErrorCode::SerializationException,
                "The request body did not arrive in time.",
            )
            .into()),
        }
    }
}

/// Why a request was refused before its operation was called.
enum Refused {
    TooLarge,
    Because(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Because(error)
    }
}

/// The response to a request beyond the limits.
fn too_many_requests() -> Refused {
    metrics::counter!("cognate_requests_shed_total").increment(1);
    Error::new(ErrorCode::TooManyRequestsException, "Too many requests").into()
}

/// Reads the rest of a body in the background, for [`DISCARD_TIMEOUT`] at the most.
fn discard(mut body: Body) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(timeout(DISCARD_TIMEOUT, async move {
        while let Some(Ok(_)) = body.frame().await {}
    }));
}

fn into_axum(response: axum::http::Response<Bytes>) -> Response {
    response.map(Body::from)
}

async fn operation<S: Environment>(State(api): State<Arc<Api<S>>>, request: Request) -> Response {
    api.answer(request).await
}

/// Dispatches a request to an unknown path without its body, for the response that the API gives.
async fn unknown_path<S: Environment>(
    State(api): State<Arc<Api<S>>>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    discard(body);
    let request = Request::from_parts(head, Bytes::new());
    into_axum(api.dispatch(&request, Entropy.uuid(), None).await)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;
    use crate::context::RequestContext;
    use crate::domain::time::Timestamp;
    use crate::model::{DeleteUserRequest, Empty, ops};
    use crate::protocol::{Caller, Handler, SignedRequest};

    struct Slow;

    impl Environment for Slow {
        type Failure = Error;

        fn to_error(&self, _: &str, _: &RequestContext, failure: Error) -> Error {
            failure
        }

        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }

        fn default_region(&self) -> &'static str {
            "us-east-1"
        }

        fn authenticate(&self, _: &SignedRequest<'_>) -> Result<Caller, Error> {
            Err(Error::internal())
        }
    }

    impl Handler<Slow> for ops::DeleteUser {
        async fn handle(
            _: &Slow,
            _: &RequestContext,
            input: DeleteUserRequest,
        ) -> Result<Empty, Error> {
            assert_ne!(input.access_token, "panic");
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Empty {})
        }
    }

    fn router(in_flight: usize) -> Router {
        let config = ServerConfig {
            max_requests_in_flight: in_flight,
            request_timeout_seconds: 1,
            ..ServerConfig::default()
        };
        let operations = Registry::new().with::<ops::DeleteUser>();
        Api::new(Arc::new(Slow), operations, &config)
            .router()
            .layer(super::super::panic_layer())
    }

    async fn delete_user(router: Router, token: &str) -> (StatusCode, Value) {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "x-amz-target",
                "AWSCognitoIdentityProviderService.DeleteUser",
            )
            .body(Body::from(format!(r#"{{"AccessToken":"{token}"}}"#)))
            .unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_request_beyond_the_limit_is_refused() {
        let router = router(1);
        let first = tokio::spawn(delete_user(router.clone(), "a"));
        tokio::task::yield_now().await;
        let (status, body) = delete_user(router, "a").await;
        assert_eq!(status, 400);
        assert_eq!(body["__type"], "TooManyRequestsException");
        // The first request exceeds the request timeout.
        let (status, body) = first.await.unwrap();
        assert_eq!(status, 500);
        assert_eq!(body["__type"], "InternalErrorException");
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        let (status, body) = delete_user(router(1), "panic").await;
        assert_eq!(status, 500);
        assert_eq!(body["__type"], "InternalErrorException");
    }
}
