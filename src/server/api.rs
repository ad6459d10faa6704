//! The endpoint of the API: dispatches requests to the operations.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::any;
use http_body_util::BodyExt;
use tokio::time::timeout;
use uuid::Uuid;

use super::limits::{BodySize, Gate, Refusal, RequestLimits, discard};
use super::wiped_request::WipedRequest;
use crate::config::ServerConfig;
use crate::context::SourceAddress;
use crate::entropy::Entropy;
use crate::model::ErrorCode;
use crate::protocol::{self, BodyBound, BodyBounds, Environment, Error, Registry};

/// The operations, and the timeout of a request.
pub struct Api<S> {
    state: Arc<S>,
    operations: Registry<S>,
    request_timeout: Duration,
    max_open_body_bytes: usize,
}

impl<S: Environment> Api<S> {
    /// An API with the request timeout of `config`.
    #[must_use]
    pub fn new(state: Arc<S>, operations: Registry<S>, config: &ServerConfig) -> Self {
        Self {
            state,
            operations,
            request_timeout: Duration::from_secs(config.request_timeout_seconds),
            max_open_body_bytes: config.max_open_body_bytes,
        }
    }

    /// The route `/` of the operations, and a fallback that answers other paths in the form of the API, unless
    /// `unknown_paths` answers them, both within `limits`.
    pub fn router(
        self,
        limits: &Arc<RequestLimits>,
        unknown_paths: impl FnOnce(Router) -> Router,
    ) -> Router {
        let api = Arc::new(self);
        let operations = Router::new()
            .route("/", any(operation::<S>))
            .with_state(Arc::clone(&api));
        let fallback = Router::new()
            .fallback(unknown_path::<S>)
            .with_state(Arc::clone(&api));
        // The head of a request for an unknown path is no operation's, so that its body is not read.
        let fallback = limits.apply_to_all(unknown_paths(fallback), Arc::clone(&api) as _);
        limits.apply(operations, api).merge(fallback)
    }

    async fn dispatch(
        &self,
        request: &axum::http::Request<Bytes>,
        id: Uuid,
        source_address: Option<IpAddr>,
    ) -> Response {
        self.operations
            .answer(
                &self.state,
                request,
                id,
                source_address,
                self.request_timeout,
            )
            .await
            .map(Body::from)
    }
}

impl<S: Environment> Gate for Api<S> {
    fn body_bound<'a>(&'a self, head: &'a Parts, usual: usize) -> BodySize<'a> {
        let bounds = BodyBounds {
            open: self.max_open_body_bytes.min(usual),
            signed: usual,
        };
        match self.operations.body_bound(head, bounds) {
            BodyBound::NoBody => BodySize::Known(None),
            BodyBound::Bytes(bytes) => BodySize::Known(Some(bytes)),
            BodyBound::BySigner => BodySize::Asked(Box::pin(async move {
                let source = source_of(head);
                let bound = self
                    .operations
                    .signed_body_bound(&self.state, head, source, bounds);
                // Where the store does not answer, the head is answered as it is.
                timeout(self.request_timeout, bound).await.ok().flatten()
            })),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        refuse(refusal)
    }
}

fn source_of(head: &Parts) -> Option<IpAddr> {
    let source = head.extensions.get::<SourceAddress>();
    source.map(|source| source.0)
}

/// The response to a request that the limits refuse.
fn refuse(refusal: Refusal) -> Response {
    let id = Entropy.uuid();
    let response = match refusal {
        Refusal::BodyTooLarge => protocol::too_large(id),
        Refusal::BodyTimeout => protocol::failure(
            id,
            &Error::new(
                ErrorCode::SerializationException,
                "The request body did not arrive in time.",
            ),
        ),
        Refusal::BodyUnreadable => {
            protocol::failure(id, &Error::bare(ErrorCode::SerializationException))
        }
        Refusal::Overloaded => protocol::failure(
            id,
            &Error::new(ErrorCode::TooManyRequestsException, "Too many requests"),
        ),
    };
    response.map(Body::from)
}

async fn operation<S: Environment>(State(api): State<Arc<Api<S>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // The limits have read the body already.
    let Ok(body) = body.collect().await else {
        return refuse(Refusal::BodyUnreadable);
    };
    let source = source_of(&head);
    let request = WipedRequest::new(head, body.to_bytes());
    api.dispatch(request.get(), Entropy.uuid(), source).await
}

/// Dispatches a request to an unknown path without its body, for the response that the API gives.
async fn unknown_path<S: Environment>(
    State(api): State<Arc<Api<S>>>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    discard(body);
    let request = Request::from_parts(head, Bytes::new());
    api.dispatch(&request, Entropy.uuid(), None).await
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
    use crate::protocol::{Caller, Handler, SignedCall, SignedRequest};

    struct Slow;

    impl Environment for Slow {
        type Failure = Error;
        type Authority = ();

        fn to_error(&self, _: &str, _: &RequestContext, failure: Error) -> Error {
            failure
        }

        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }

        fn default_region(&self) -> &'static str {
            "us-east-1"
        }

        async fn authenticate(&self, _: &SignedRequest<'_>) -> Result<(Caller, ()), Error> {
            Err(Error::internal())
        }

        async fn check_credentials(&self, _: &SignedRequest<'_>) -> Result<(), Error> {
            Err(Error::internal())
        }

        fn authorize(&self, (): &(), _: &SignedCall<'_>) -> Result<(), Error> {
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
            .router(&Arc::new(RequestLimits::new(&config)), |router| router)
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
