//! The functions of pools, as the server calls them: over HTTP on loopback, answered on the world's own runtime.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use cognate::config::{ANY_FUNCTION, FunctionConfig, FunctionProtocol, TriggersConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The function that is called by the Invoke API; every other one by plain HTTP.
pub(crate) const INVOKED: &str = "arn:aws:lambda:us-east-1:000000000000:function:invoked";
/// A function that is called by plain HTTP.
pub(crate) const POSTED: &str = "arn:aws:lambda:us-east-1:000000000000:function:posted";
/// The right answer to a custom challenge. It is among the private parameters, which no client gets.
pub(crate) const PRIVATE_ANSWER: &str = "private-answer";

/// How the function answers one call: as it should, but for what is said here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    /// The HTTP status; 200 if there is none.
    pub status: Option<u16>,
    /// Whether the Invoke API says that the function has thrown.
    pub thrown: bool,
    /// Members of the response, and what they are; `None` takes a member away.
    pub members: Vec<(String, Option<Value>)>,
    /// What is sent instead of the event.
    pub instead: Option<String>,
    /// How many bytes of it are sent.
    pub length: Option<usize>,
}

/// A call that was answered.
#[derive(Clone)]
pub(crate) struct Called {
    /// The event's `triggerSource`.
    pub source: String,
    /// Whether the status was a success, and no error was said to be one.
    pub is_ok: bool,
    /// What was sent.
    pub answer: Vec<u8>,
}

impl Debug for Called {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.source, self.is_ok, self.shown())
    }
}

impl Called {
    /// For the text of a finding.
    pub fn shown(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.answer)
    }

    /// The response of the event; `None` unless the answer is an event that was sent as a success.
    pub fn response(&self) -> Option<Value> {
        let event: Value = serde_json::from_slice(&self.answer).ok()?;
        let response = event.as_object()?.get("response")?;
        (self.is_ok && response.is_object()).then(|| response.clone())
    }
}

#[derive(Default)]
struct Inner {
    replies: VecDeque<Reply>,
    called: Vec<Called>,
}

/// The functions. Clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Functions(Arc<Mutex<Inner>>);

impl Functions {
    /// Starts them, and says where they are.
    pub fn start(runtime: &Runtime, triggers: &mut TriggersConfig) -> Self {
        let functions = Self::default();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(functions.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        triggers.attempts = 2;
        triggers.max_response_bytes = 64 * 1024;
        triggers.functions = [
            (INVOKED, FunctionProtocol::Invoke),
            (ANY_FUNCTION, FunctionProtocol::Http),
        ]
        .map(|(arn, protocol)| FunctionConfig {
            arn: arn.to_owned(),
            protocol,
            url: url.clone().into(),
            ..FunctionConfig::default()
        })
        .into();
        functions
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls are answered with these, one after the other, and then as they should be. What was called
    /// before is forgotten.
    pub fn set(&self, replies: Vec<Reply>) {
        *self.lock() = Inner {
            replies: replies.into(),
            called: Vec::new(),
        };
    }

    /// The last call for each source since then; the calls before it were tries.
    pub fn called(&self) -> BTreeMap<String, Called> {
        let called = self.lock().called.clone();
        called
            .into_iter()
            .map(|call| (call.source.clone(), call))
            .collect()
    }
}

async fn answer(State(functions): State<Functions>, uri: Uri, body: Bytes) -> Response {
    let mut event: Value = serde_json::from_slice(&body).expect("the server sends JSON");
    let reply = functions.lock().replies.pop_front().unwrap_or_default();
    let source = event["triggerSource"].as_str().expect("a source");
    let source = source.to_owned();
    for (name, value) in honest(&source, &event) {
        event["response"][name] = value;
    }
    for (name, value) in reply.members {
        match value {
            Some(value) => event["response"][name] = value,
            None => drop(
                event["response"]
                    .as_object_mut()
                    .expect("one")
                    .remove(&name),
            ),
        }
    }
    let mut answer = reply.instead.unwrap_or_else(|| event.to_string());
    if let Some(length) = reply.length {
        answer =
            String::from_utf8_lossy(answer.as_bytes().get(..length).unwrap_or_default()).into();
    }
    let status = reply.status.and_then(|it| StatusCode::from_u16(it).ok());
    let status = status.unwrap_or(StatusCode::OK);
    // Plain HTTP has no such header.
    let has_thrown = reply.thrown && uri.path().ends_with("/invocations");
    functions.lock().called.push(Called {
        source,
        is_ok: status.is_success() && !has_thrown,
        answer: answer.clone().into_bytes(),
    });
    if reply.thrown {
        (status, [("x-amz-function-error", "Unhandled")], answer).into_response()
    } else {
        (status, answer).into_response()
    }
}

/// What a sensible function answers.
fn honest(source: &str, event: &Value) -> Vec<(&'static str, Value)> {
    let (trigger, _) = source.split_once('_').expect("a trigger and its reason");
    match trigger {
        "DefineAuthChallenge" => {
            let session = event["request"]["session"].as_array().expect("a list");
            let is_proven = session
                .last()
                .is_some_and(|last| last["challengeResult"] == json!(true));
            vec![
                ("challengeName", json!("CUSTOM_CHALLENGE")),
                ("issueTokens", json!(is_proven)),
                ("failAuthentication", json!(session.len() > 2)),
            ]
        }
        "CreateAuthChallenge" => vec![
            ("publicChallengeParameters", json!({"question": "which?"})),
            (
                "privateChallengeParameters",
                json!({"answer": PRIVATE_ANSWER}),
            ),
            ("challengeMetadata", json!("QUESTION")),
        ],
        "VerifyAuthChallengeResponse" => {
            let request = &event["request"];
            let right = &request["privateChallengeParameters"]["answer"];
            vec![("answerCorrect", json!(request["challengeAnswer"] == *right))]
        }
        "UserMigration" => vec![
            (
                "userAttributes",
                json!({"email": "stranger@example.com", "email_verified": "true"}),
            ),
            ("finalUserStatus", json!("CONFIRMED")),
            ("messageAction", json!("SUPPRESS")),
        ],
        "CustomMessage" => vec![
            ("emailSubject", json!("Your code")),
            ("emailMessage", json!("{username}: {####}")),
        ],
        "TokenGeneration" => vec![
            (
                "claimsOverrideDetails",
                json!({"claimsToAddOrOverride": {"tenant": "t"}}),
            ),
            (
                "claimsAndScopeOverrideDetails",
                json!({"accessTokenGeneration": {"scopesToAdd": ["s"]}}),
            ),
        ],
        _ => Vec::new(),
    }
}
