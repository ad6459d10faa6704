//! A function under test, behind the Invoke API or plain HTTP, and a server that calls it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use cognate::config::{Config, FunctionConfig, FunctionProtocol};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Pool, TestServer, TestStore, wait};

/// The ARN of every function of these tests.
pub const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:trigger";

/// A call as the function saw it.
#[derive(Clone, Debug)]
pub struct Call {
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// The event.
    #[track_caller]
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Calls at once, unless the function is held.
const OPEN: usize = 1000;

type Answer = Arc<dyn Fn(Value) -> Response + Send + Sync>;

/// A function that answers each event as it is told to, and remembers what it was called with.
#[derive(Clone)]
pub struct Function {
    /// `http://127.0.0.1:port`.
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    answer: Arc<Mutex<Answer>>,
    gate: Arc<Semaphore>,
}

impl Function {
    /// A function that returns its event unchanged.
    pub async fn start() -> Self {
        let echo: Answer = Arc::new(|event| answered(&event));
        let this = |url| Self {
            url,
            calls: Arc::default(),
            answer: Arc::new(Mutex::new(echo)),
            gate: Arc::new(Semaphore::new(OPEN)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let function = this(format!("http://{}", listener.local_addr().unwrap()));
        let router = Router::new()
            .route("/{*path}", post(take))
            .route("/", post(take))
            .with_state(function.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        function
    }

    /// From now on each event is answered with what `answer` makes of it.
    pub fn answers(&self, answer: impl Fn(Value) -> Response + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// From now on the response of events from `source` has `members`; other events come back unchanged.
    pub fn responds(&self, source: &str, members: Value) {
        let source = source.to_owned();
        self.answers(move |mut event| {
            if event["triggerSource"] == json!(source) {
                for (name, value) in members.as_object().unwrap() {
                    event["response"][name] = value.clone();
                }
            }
            answered(&event)
        });
    }

    /// From now on events from `source` are refused, as the Invoke API says it.
    pub fn throws(&self, source: &str, text: &str) {
        let (source, text) = (source.to_owned(), text.to_owned());
        self.answers(move |event| {
            if event["triggerSource"] == json!(source) {
                thrown(&text)
            } else {
                answered(&event)
            }
        });
    }

    /// From now on the function takes calls and does not answer.
    pub fn hold(&self) {
        self.gate.forget_permits(OPEN);
    }

    /// Ends [`Function::hold`], also for the calls that wait.
    pub fn release(&self) {
        self.gate.add_permits(OPEN);
    }

    /// Waits until there were so many calls.
    pub async fn called(&self, times: usize) {
        let what = format!("call {times} of the function");
        wait::until(&what, Duration::from_secs(20), || async {
            (self.calls().len() >= times).then_some(())
        })
        .await;
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The sources of the events so far.
    pub fn sources(&self) -> Vec<String> {
        let calls = self.calls();
        let source = |call: &Call| call.event()["triggerSource"].as_str().unwrap().to_owned();
        calls.iter().map(source).collect()
    }

    /// The one event from `source`.
    #[track_caller]
    pub fn event(&self, source: &str) -> Value {
        let mut events: Vec<Value> = self.calls().iter().map(Call::event).collect();
        events.retain(|event| event["triggerSource"] == json!(source));
        assert_eq!(events.len(), 1, "{:?}", self.sources());
        events.remove(0)
    }

    /// Waits for an event from `source`, for one that is sent after the answer.
    pub async fn event_soon(&self, source: &str) -> Value {
        wait::until(source, Duration::from_secs(20), || async {
            let calls = self.calls();
            let mut events = calls.iter().map(Call::event);
            events.find(|event| event["triggerSource"] == json!(source))
        })
        .await
    }

    /// Forgets the calls.
    pub fn forget(&self) {
        self.calls.lock().unwrap().clear();
    }
}

/// An event, as a function returns it.
pub fn answered(event: &Value) -> Response {
    event.to_string().into_response()
}

/// An error of a function, as the Invoke API returns it.
pub fn thrown(text: &str) -> Response {
    let body = json!({ "errorMessage": text, "errorType": "Error", "trace": [] });
    let header = [("x-amz-function-error", "Unhandled")];
    (StatusCode::OK, header, body.to_string()).into_response()
}

async fn take(
    State(function): State<Function>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let event = serde_json::from_slice(&body).unwrap_or_default();
    let call = Call { uri, headers, body };
    function.calls.lock().unwrap().push(call);
    let _open = function.gate.acquire().await.unwrap();
    let answer = function.answer.lock().unwrap().clone();
    answer(event)
}

/// The entry of a function that is reached by the Invoke API at `url`.
pub fn invoke(url: &str) -> FunctionConfig {
    FunctionConfig {
        arn: ARN.to_owned(),
        protocol: FunctionProtocol::Invoke,
        url: url.to_owned().into(),
        ..FunctionConfig::default()
    }
}

/// A server that calls `functions`, with a time-out that a slow machine keeps.
pub async fn server_with(store: &TestStore, functions: Vec<FunctionConfig>) -> TestServer {
    let change = |config: &mut Config| {
        config.triggers.timeout_ms = 20_000;
        config.triggers.functions = functions;
    };
    TestServer::start(store, change).await
}

/// A server and a pool that has `triggers`, all of them [`ARN`], with `settings` laid over a pool that sends codes by
/// e-mail.
pub async fn pool_with(
    store: &TestStore,
    triggers: &[&str],
    settings: Value,
) -> (TestServer, Function, Pool) {
    let function = Function::start().await;
    let server = server_with(store, vec![invoke(&function.url)]).await;
    let pool = server.pool(with_triggers(triggers, settings)).await;
    (server, function, pool)
}

/// The settings of a pool that sends codes by e-mail and has `triggers`, with `settings` laid over.
pub fn with_triggers(triggers: &[&str], settings: Value) -> Value {
    let config: Value = triggers
        .iter()
        .map(|name| ((*name).to_owned(), json!(ARN)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let base = json!({ "AutoVerifiedAttributes": ["email"], "LambdaConfig": config });
    crate::support::pools::laid_over(base, settings)
}

/// The event that is expected: the envelope around `request` and `response`.
pub fn expected_event(
    pool: &Pool,
    (source, username, client_id): (&str, &str, &str),
    request: Value,
    response: Value,
) -> Value {
    let mut event = json!({
        "version": "1",
        "triggerSource": source,
        "region": "us-east-1",
        "userPoolId": pool.id,
        "userName": username,
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown",
            "clientId": client_id,
        },
    });
    event["request"] = request;
    event["response"] = response;
    event
}
