//! Finds where a function is reached, calls it, and reads its answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::answer::{self, Answer};
use super::endpoint::{Endpoint, SetUpError};
use super::event::Event;
use super::journal::{Call, Journal};
use crate::clock::Clock;
use crate::config::{ANY_FUNCTION, Config};
use crate::domain::failure::{Failure, TriggerProblem};
use crate::domain::trigger_settings::Trigger;
use crate::outbound::{CallError, Outbound, Outgoing};

/// Has Lambda say so where a function has thrown.
const FUNCTION_ERROR_HEADER: &str = "x-amz-function-error";

/// Calls the functions of all pools.
pub struct Triggers {
    functions: HashMap<String, Arc<Function>>,
    /// For functions that the configuration does not name.
    default: Option<Arc<Function>>,
    outbound: Outbound,
    clock: Clock,
    timeout: Duration,
    attempts: u32,
    max_response_bytes: usize,
    /// In the development profile.
    journal: Option<Journal>,
}

struct Function {
    endpoint: Endpoint,
    permits: Semaphore,
}

/// An event that was made before, and whose answer is not read.
pub(super) struct Untyped(pub(super) serde_json::Value);

/// An event as it is sent.
struct Sent<'a> {
    source: &'a str,
    user_pool_id: &'a str,
    body: Vec<u8>,
}

/// Why a try has no answer of the function.
enum Unanswered {
    /// Another try may have one.
    Now(TriggerProblem, String),
    /// Another try would have none either.
    Finally(TriggerProblem, String),
}

/// What a function brought: its answer, as it came.
enum Brought {
    Event(Vec<u8>),
    /// It is an error of the function.
    Error(Vec<u8>),
    /// It is too long.
    TooLong,
}

impl Triggers {
    /// The invoker of the configured functions, which calls by `outbound`.
    ///
    /// # Errors
    /// If a URL or a secret cannot be used.
    pub fn new(config: &Config, outbound: Outbound, clock: Clock) -> Result<Self, SetUpError> {
        let triggers = &config.triggers;
        let mut functions = HashMap::new();
        for (index, function) in triggers.functions.iter().enumerate() {
            let called = Function {
                endpoint: Endpoint::new(index, function)?,
                permits: Semaphore::new(triggers.parallel),
            };
            functions.insert(function.arn.clone(), Arc::new(called));
        }
        Ok(Self {
            default: functions.remove(ANY_FUNCTION),
            functions,
            outbound,
            clock,
            timeout: Duration::from_millis(triggers.timeout_ms),
            attempts: triggers.attempts,
            max_response_bytes: triggers.max_response_bytes,
            journal: config.is_development().then(Journal::default),
        })
    }

    /// The last calls, which only the development profile keeps.
    #[must_use]
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Calls the function `arn` with the event, and returns the response that it gives it.
    ///
    /// # Errors
    /// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`], [`Failure::TriggerAnswerInvalid`].
    pub(super) async fn invoke<Q: Serialize, R: Serialize + DeserializeOwned>(
        &self,
        trigger: Trigger,
        arn: &str,
        event: &Event<'_, Q, R>,
    ) -> Result<R, Failure> {
        let read = |body: &[u8]| match answer::read(body) {
            Answer::Response(response) => Ok(response),
            Answer::Refused(text) => Err(Failure::TriggerRefused(trigger, text)),
            Answer::Invalid => Err(Failure::TriggerAnswerInvalid(trigger)),
        };
        // Boxed, as in `notify`: flows that may call functions need not have room for an HTTP request each.
        let body = serde_json::to_vec(event)
            .map_err(|_| Failure::TriggerFailed(trigger, TriggerProblem::Unreachable))?;
        let sent = Sent {
            source: event.trigger_source,
            user_pool_id: event.user_pool_id,
            body,
        };
        Box::pin(self.call(trigger, arn, sent, read)).await
    }

    /// Calls the function `arn` with the event; any answer that is no error will do.
    ///
    /// # Errors
    /// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`].
    pub(super) async fn notify(
        &self,
        trigger: Trigger,
        arn: &str,
        event: Untyped,
    ) -> Result<(), Failure> {
        let read = |body: &[u8]| match answer::thrown(body) {
            Some(text) => Err(Failure::TriggerRefused(trigger, text)),
            None => Ok(()),
        };
        let text = |name: &str| {
            event
                .0
                .get(name)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (source, user_pool_id) = (text("triggerSource"), text("userPoolId"));
        let sent = Sent {
            source: &source,
            user_pool_id: &user_pool_id,
            body: event.0.to_string().into_bytes(),
        };
        Box::pin(self.call(trigger, arn, sent, read)).await
    }

    async fn call<T>(
        &self,
        trigger: Trigger,
        arn: &str,
        sent: Sent<'_>,
        read: impl FnOnce(&[u8]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        let Sent {
            source,
            user_pool_id,
            body,
        } = sent;
        let (brought, attempts) = self.try_calls(arn, &body).await;
        let (answer, result, detail) = match brought {
            Ok(Brought::Event(answer)) => {
                let result = read(&answer);
                (answer, result, String::new())
            }
            Ok(Brought::Error(answer)) => {
                let text = answer::thrown(&answer).unwrap_or_else(|| "Unhandled".to_owned());
                let refused = Err(Failure::TriggerRefused(trigger, text));
                (answer, refused, String::new())
            }
            Ok(Brought::TooLong) => (
                Vec::new(),
                Err(Failure::TriggerAnswerInvalid(trigger)),
                format!("the answer has more than {} bytes", self.max_response_bytes),
            ),
            Err((problem, detail)) => (
                Vec::new(),
                Err(Failure::TriggerFailed(trigger, problem)),
                detail,
            ),
        };
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = outcome(&result);
        metrics::counter!(
            "cognate_trigger_calls_total",
            "trigger" => trigger.name(),
            "outcome" => outcome,
        )
        .increment(1);
        if matches!(outcome, "failed" | "invalid") {
            tracing::warn!(
                source,
                arn,
                pool_id = user_pool_id,
                attempts,
                elapsed_ms,
                error = detail,
                "the function of a trigger {}",
                if outcome == "failed" {
                    "did not answer"
                } else {
                    "answered what it must not"
                }
            );
        }
        if let Some(journal) = &self.journal {
            journal.add(Call {
                number: 0,
                at: self.clock.now(),
                source: source.to_owned(),
                user_pool_id: user_pool_id.to_owned(),
                arn: arn.to_owned(),
                event: shown(&body),
                answer: shown(&answer),
                outcome,
                detail,
                attempts,
                elapsed_ms,
            });
        }
        result
    }

    /// Calls until there is an answer, as often as is configured; returns the number of calls as well.
    async fn try_calls(
        &self,
        arn: &str,
        body: &[u8],
    ) -> (Result<Brought, (TriggerProblem, String)>, u32) {
        let Some(function) = self.functions.get(arn).or(self.default.as_ref()) else {
            let detail = "no endpoint is configured for it".to_owned();
            return (Err((TriggerProblem::NotConfigured, detail)), 0);
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let tried = tokio::time::timeout(self.timeout, self.try_once(function, arn, body));
            let tried = tried.await.unwrap_or_else(|_| {
                let detail = "it did not answer in time".to_owned();
                Err(Unanswered::Now(TriggerProblem::TimedOut, detail))
            });
            match tried {
                Ok(brought) => return (Ok(brought), tries),
                Err(Unanswered::Now(..)) if tries < self.attempts => {}
                Err(Unanswered::Now(problem, detail) | Unanswered::Finally(problem, detail)) => {
                    return (Err((problem, detail)), tries);
                }
            }
        }
    }

    async fn try_once(
        &self,
        function: &Function,
        arn: &str,
        body: &[u8],
    ) -> Result<Brought, Unanswered> {
        let unreachable = |detail: String| (TriggerProblem::Unreachable, detail);
        let Ok(_permit) = function.permits.acquire().await else {
            let (problem, detail) = unreachable("the server stops".to_owned());
            return Err(Unanswered::Finally(problem, detail));
        };
        // A function's clock is the machine's, also where a test has moved the server's.
        let request = function.endpoint.request(arn, body, self.clock.unmoved());
        let Some(request) = request else {
            let (problem, detail) = unreachable("the request cannot be signed".to_owned());
            return Err(Unanswered::Finally(problem, detail));
        };
        let outgoing = Outgoing {
            url: request.url,
            headers: request.headers,
            body: body.to_vec(),
            timeout: self.timeout,
        };
        let response = self
            .outbound
            .post(outgoing)
            .await
            .map_err(|error| unanswered(&error))?;
        let status = response.status();
        let has_thrown = response.has_header(FUNCTION_ERROR_HEADER);
        let is_invoke = function.endpoint.is_invoke();
        let body = match response.body(self.max_response_bytes).await {
            Ok(body) => body,
            Err(CallError::TooLong(_)) if status.is_success() => return Ok(Brought::TooLong),
            Err(CallError::TooLong(_)) => Vec::new(),
            Err(error) => return Err(unanswered(&error)),
        };
        if status.is_success() {
            return Ok(if is_invoke && has_thrown {
                Brought::Error(body)
            } else {
                Brought::Event(body)
            });
        }
        let problem = TriggerProblem::Status(status.as_u16());
        let detail = format!("HTTP status {}", status.as_u16());
        let is_for_now = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
            );
        if is_for_now {
            return Err(Unanswered::Now(problem, detail));
        }
        if !is_invoke && status.is_client_error() && answer::thrown(&body).is_some() {
            return Ok(Brought::Error(body));
        }
        Err(Unanswered::Finally(problem, detail))
    }
}

fn unanswered(error: &CallError) -> Unanswered {
    let detail = error.to_string();
    match error {
        CallError::TimedOut => Unanswered::Now(TriggerProblem::TimedOut, detail),
        CallError::Failed(_) => Unanswered::Now(TriggerProblem::Unreachable, detail),
        CallError::Refused(_) | CallError::TooLong(_) => {
            Unanswered::Finally(TriggerProblem::Unreachable, detail)
        }
    }
}

/// What came of a call, for metrics and the journal.
fn outcome<T>(result: &Result<T, Failure>) -> &'static str {
    match result {
        Ok(_) => "answered",
        Err(Failure::TriggerRefused(..)) => "refused",
        Err(Failure::TriggerAnswerInvalid(_)) => "invalid",
        Err(_) => "failed",
    }
}

/// An event or an answer as the journal keeps it: with line breaks, and without a password.
fn shown(json: &[u8]) -> String {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(json) else {
        return String::from_utf8_lossy(json).into_owned();
    };
    if let Some(password) = value.pointer_mut("/request/password")
        && password.is_string()
    {
        *password = "(hidden)".into();
    }
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
