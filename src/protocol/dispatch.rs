//! From an HTTP request to a handler and back: everything that is the same for all operations.
//!
//! In this order: path, method and target; authentication of signed operations; JSON; whether the signer may call
//! the operation; types; constraints; the handler; the response. Each request gets an id, a span, a line in the log and
//! an entry in the metrics.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Request, Response, Uri};
use serde_json::Value;
use tokio::time::timeout;
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

use super::request::{SignedRequest, target};
use super::{Error, model_exceptions, response, shape_check, validation};
use crate::context::RequestContext;
use crate::domain::time::Timestamp;
use crate::model::shapes::{Kind, MODEL, OperationShape, Shape};
use crate::model::{ErrorCode, Operation};

/// What the protocol needs from the application.
pub trait Environment: Send + Sync + 'static {
    /// Why a handler does not answer. It may be a protocol error already, which a check of the
    /// model's constraints inside a handler gives.
    type Failure: From<Error> + Send;

    /// What the signer of a request may do.
    type Authority: Send + Sync;

    /// The current time.
    fn now(&self) -> Timestamp;

    /// The region of requests without a signature.
    fn default_region(&self) -> &str;

    /// Checks the Signature Version 4 of a request for a signed operation.
    ///
    /// # Errors
    /// Those of behaviour 1.5, with the texts of AWS.
    fn authenticate(
        &self,
        request: &SignedRequest<'_>,
    ) -> impl Future<Output = Result<(Caller, Self::Authority), Error>> + Send;

    /// Checks what the head of a request for a signed operation says of its credentials, before the body is
    /// read: that they are there, well-formed, and can be right. The body of `request` is empty.
    ///
    /// # Errors
    /// As [`Environment::authenticate`].
    fn check_credentials(
        &self,
        request: &SignedRequest<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Checks that the signer of a request may do what it asks for.
    ///
    /// # Errors
    /// That of behaviour 1.5, with the text of AWS.
    fn authorize(&self, authority: &Self::Authority, call: &SignedCall<'_>) -> Result<(), Error>;

    /// The error that the caller of `operation` gets, whose text may depend on the operation.
    fn to_error(&self, operation: &str, context: &RequestContext, failure: Self::Failure) -> Error;
}

/// The signer of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The id of the access key, which is not secret.
    pub access_key_id: String,
    /// The region in the signature's scope.
    pub region: String,
}

/// What the signer of a request asks for.
#[derive(Clone, Copy)]
pub struct SignedCall<'a> {
    /// The operation.
    pub operation: &'a str,
    /// The region in the signature's scope.
    pub region: &'a str,
    /// The shape of the operation's input.
    pub shape: &'a Shape,
    /// The input, of which neither types nor constraints were checked; `None` if it is no JSON.
    pub input: Option<&'a Value>,
}

impl<'a> SignedCall<'a> {
    /// The text of a member of the input, if the operation has the member. What else is sent under such a name is
    /// nothing that the operation reads.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<&'a str> {
        let Kind::Structure(members) = &self.shape.kind else {
            return None;
        };
        let is_known = members.iter().any(|known| known.name == member);
        self.input?.get(member)?.as_str().filter(|_| is_known)
    }
}

/// What the head of a request says of the size of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyBound {
    /// The head alone decides the response, so that [`Registry::answer`] gives it for an empty body.
    NoBody,
    /// The most bytes.
    Bytes(usize),
    /// It depends on who signed: see [`Registry::signed_body_bound`].
    BySigner,
}

/// The largest bodies, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyBounds {
    /// Of operations that need no signature.
    pub open: usize,
    /// Of those that need one.
    pub signed: usize,
}

/// The bytes that a body must be able to have, since the operation takes files: as much as the model lets it have
/// (administration 6.2), or as much as AWS takes (6.3). 0 for other operations.
fn body_with_files(operation: &str) -> usize {
    match operation {
        "SetUICustomization" => 1024 * 1024,
        "CreateManagedLoginBranding" | "UpdateManagedLoginBranding" => 2 * 1024 * 1024,
        _ => 0,
    }
}

/// The code behind an operation, for an application `S`.
pub trait Handler<S: Environment>: Operation {
    /// Executes the operation. `input` has the model's types and satisfies its constraints.
    ///
    /// # Errors
    /// Why there is no answer.
    fn handle(
        state: &S,
        context: &RequestContext,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, S::Failure>> + Send;
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Bytes, Error>> + Send + 'a>>;

/// An operation with its types erased, so that a map can hold it.
struct RegisteredOperation<S> {
    name: &'static str,
    shape: &'static OperationShape,
    run: for<'a> fn(&'a S, &'a RequestContext, Value) -> Answer<'a>,
}

/// The operations that the server implements.
pub struct Registry<S> {
    entries: BTreeMap<&'static str, RegisteredOperation<S>>,
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
        }
    }
}

impl<S: Environment> Registry<S> {
    /// A registry without operations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation.
    #[must_use]
    pub fn with<O: Handler<S>>(mut self) -> Self {
        // The markers are generated from the model, so there is a shape for each.
        if let Some(shape) = MODEL.operations.get(O::NAME) {
            let entry = RegisteredOperation {
                name: O::NAME,
                shape,
                run: run::<S, O>,
            };
            self.entries.insert(O::NAME, entry);
        }
        self
    }

    /// Whether the operation is implemented.
    #[must_use]
    pub fn supports(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The names of the implemented operations, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.entries.keys().copied().collect()
    }

    /// How large the body of a request may be, by its head.
    pub fn body_bound(&self, head: &Parts, bounds: BodyBounds) -> BodyBound {
        if is_preflight(&head.method, &head.uri) {
            return BodyBound::NoBody;
        }
        match self.entry(&head.method, &head.uri, &head.headers) {
            (_, Err(_)) => BodyBound::NoBody,
            (_, Ok(entry)) if entry.needs_signature() => BodyBound::BySigner,
            (_, Ok(_)) => BodyBound::Bytes(bounds.open),
        }
    }

    /// How large the body of a request for a signed operation may be; `None` if its head alone decides the response.
    pub async fn signed_body_bound(
        &self,
        state: &S,
        head: &Parts,
        source_address: Option<IpAddr>,
        bounds: BodyBounds,
    ) -> Option<usize> {
        let (_, entry) = self.entry(&head.method, &head.uri, &head.headers);
        let entry = entry.ok()?;
        let request = SignedRequest {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            body: &[],
            now: state.now(),
            source_address,
        };
        state.check_credentials(&request).await.ok()?;
        Some(bounds.signed.max(body_with_files(entry.name)))
    }

    /// The response to any request, under `request_id` and within `limit`. The caller has limited the
    /// size of the body.
    pub async fn answer(
        &self,
        state: &S,
        request: &Request<Bytes>,
        request_id: Uuid,
        source_address: Option<IpAddr>,
        limit: Duration,
    ) -> Response<Bytes> {
        let started = Instant::now();
        if is_preflight(request.method(), request.uri()) {
            return response::preflight(request_id, request.headers());
        }
        let (name, entry) = self.entry(request.method(), request.uri(), request.headers());
        let span = tracing::info_span!("operation", %request_id, operation = name, caller = Empty);
        async {
            let result = match entry {
                Ok(entry) => {
                    let answer = entry.dispatch(state, request, request_id, source_address);
                    let result = timeout(limit, answer).await.unwrap_or_else(|_| {
                        Err(Error::internal_because("it took too long and was given up"))
                    });
                    result.map_err(|error| error.into_declared(&entry.shape.errors))
                }
                Err(error) => Err(error),
            };
            record(name, started, &result);
            match result {
                Ok(body) => response::success(request_id, body),
                Err(error) => response::failure(request_id, &error),
            }
        }
        .instrument(span)
        .await
    }

    /// The operation that a request names, and the name under which it is logged and counted.
    fn entry(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> (&'static str, Result<&RegisteredOperation<S>, Error>) {
        const UNKNOWN: &str = "Unknown";
        let name = match target(method, uri, headers) {
            Ok(name) => name,
            Err(error) => return (UNKNOWN, Err(error)),
        };
        if let Some(entry) = self.entries.get(name) {
            return (entry.name, Ok(entry));
        }
        let code = ErrorCode::UnknownOperationException;
        match MODEL.operations.get_key_value(name) {
            Some((name, _)) => {
                let message = format!(
                    "Cognate does not support {name} yet. docs/operations.md lists the operations \
                     that it supports."
                );
                (name, Err(Error::new(code, message)))
            }
            None => (UNKNOWN, Err(Error::bare(code))),
        }
    }
}

impl<S: Environment> RegisteredOperation<S> {
    fn needs_signature(&self) -> bool {
        self.shape.signed && !model_exceptions::authenticates_by_client(self.name)
    }

    async fn dispatch(
        &self,
        state: &S,
        request: &Request<Bytes>,
        request_id: Uuid,
        source_address: Option<IpAddr>,
    ) -> Result<Bytes, Error> {
        let (now, arrived) = (state.now(), Instant::now());
        let signed = SignedRequest {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            body: request.body(),
            now,
            source_address,
        };
        let signer = if self.needs_signature() {
            Some(state.authenticate(&signed).await?)
        } else if self.shape.signed {
            state.authenticate(&signed).await.ok()
        } else {
            // An Authorization header of an operation that needs none is ignored.
            None
        };
        let body = shape_check::parse(request.body());
        let (caller, region) = match signer {
            Some((caller, authority)) => {
                tracing::Span::current().record("caller", caller.access_key_id.as_str());
                let call = SignedCall {
                    operation: self.name,
                    region: &caller.region,
                    shape: &self.shape.input,
                    input: body.as_ref().ok(),
                };
                match state.authorize(&authority, &call) {
                    Ok(()) => (Some(caller.access_key_id), caller.region),
                    Err(error) if self.needs_signature() => return Err(error),
                    // Its app client authenticates, so that the signature counts as none.
                    Err(_) => (None, state.default_region().to_owned()),
                }
            }
            None => (None, state.default_region().to_owned()),
        };
        let input = shape_check::conform_input(body?, &self.shape.input)?;
        validation::validate(self.name, &input, &self.shape.input)?;
        let context = RequestContext {
            at_domain: false,
            request_id,
            now,
            arrived,
            region,
            client_metadata: client_metadata(&input),
            validation_data: BTreeMap::new(),
            source_address,
            user_address: user_address(&input),
            user_agent: text_header(request, &USER_AGENT),
            caller,
        };
        (self.run)(state, &context, input).await
    }
}

/// Whether a browser asks what it may send (behaviour 1.7).
fn is_preflight(method: &Method, uri: &Uri) -> bool {
    method == Method::OPTIONS && uri.path() == "/"
}

/// The `ClientMetadata` of an input, which every operation that has it names alike.
fn client_metadata(input: &Value) -> BTreeMap<String, String> {
    let members = input.get("ClientMetadata").and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// The address of the user's device in the `UserContextData` of an input or, of an administrator's, in its
/// `ContextData`, which every operation that has one names alike.
fn user_address(input: &Value) -> Option<IpAddr> {
    ["UserContextData", "ContextData"]
        .iter()
        .find_map(|name| input.get(name))?
        .get("IpAddress")?
        .as_str()?
        .parse()
        .ok()
}

fn text_header(request: &Request<Bytes>, name: &HeaderName) -> Option<String> {
    let value = request.headers().get(name)?;
    value.to_str().ok().map(ToOwned::to_owned)
}

/// The only part that is compiled once for each operation.
fn run<'a, S: Environment, O: Handler<S>>(
    state: &'a S,
    context: &'a RequestContext,
    input: Value,
) -> Answer<'a> {
    Box::pin(async move {
        // The text of serde's error would quote the value, which may be secret.
        let input = serde_json::from_value(input)
            .map_err(|_| Error::internal_because("a checked input does not fit its type"))?;
        let output = O::handle(state, context, input)
            .await
            .map_err(|failure| state.to_error(O::NAME, context, failure))?;
        serde_json::to_vec(&output)
            .map(Bytes::from)
            .map_err(|_| Error::internal_because("an output cannot be written as JSON"))
    })
}

/// Counts and logs an outcome. Error messages are not logged, since they quote the request.
fn record(operation: &'static str, started: Instant, result: &Result<Bytes, Error>) {
    let elapsed = started.elapsed();
    let outcome = match result {
        Ok(_) => "Success",
        Err(error) => error.code().as_str(),
    };
    metrics::counter!("cognate_requests_total", "operation" => operation, "outcome" => outcome)
        .increment(1);
    metrics::histogram!(
        "cognate_request_duration_seconds", "operation" => operation, "outcome" => outcome
    )
    .record(elapsed.as_secs_f64());
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match result {
        Err(error) if error.status().is_server_error() => {
            let detail = error.detail().unwrap_or("no detail");
            tracing::error!(outcome, elapsed_ms, detail, "operation failed");
        }
        _ => tracing::info!(outcome, elapsed_ms, "operation answered"),
    }
}

#[cfg(test)]
mod tests;
