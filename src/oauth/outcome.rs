//! How a request at a domain ended, as it is counted and logged: in the terms of operations, so that whoever watches
//! both sees one thing.

use std::time::Instant;

use axum::http::StatusCode;
use axum::response::Response;

/// The outcome of what the server, and not the caller, is the reason for.
pub(super) const FAILED: &str = "InternalErrorException";
/// The outcome of a request that is refused because there are too many.
pub(super) const TOO_MANY: &str = "TooManyRequestsException";

/// The error that an answer tells, where its status does not say enough: an extension of responses. It is never a text
/// from outside, since each becomes a value of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome(pub &'static str);

impl Outcome {
    /// The outcome of a request with this answer. A page that shows a form again is an answer like any other.
    fn of(response: &Response) -> Self {
        if let Some(outcome) = response.extensions().get::<Self>() {
            return *outcome;
        }
        let status = response.status();
        Self(match status {
            _ if !status.is_client_error() && !status.is_server_error() => "Success",
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "NotAuthorizedException",
            StatusCode::NOT_FOUND => "ResourceNotFoundException",
            // As where an operation is not asked for by POST.
            StatusCode::METHOD_NOT_ALLOWED => "UnknownOperationException",
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => TOO_MANY,
            _ if status.is_client_error() => "InvalidParameterException",
            _ => FAILED,
        })
    }
}

/// Counts and logs an answer. `route` is the route's name, and no path that a caller has sent.
pub(super) fn record(route: &'static str, started: Instant, response: &Response) {
    let elapsed = started.elapsed();
    let Outcome(outcome) = Outcome::of(response);
    metrics::counter!("cognate_requests_total", "operation" => route, "outcome" => outcome)
        .increment(1);
    metrics::histogram!(
        "cognate_request_duration_seconds", "operation" => route, "outcome" => outcome
    )
    .record(elapsed.as_secs_f64());
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    tracing::info!(outcome, status, elapsed_ms, "request answered");
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn an_outcome_follows_from_the_status_unless_the_answer_tells_it() {
        for (status, expected) in [
            (200, "Success"),
            (302, "Success"),
            (400, "InvalidParameterException"),
            (401, "NotAuthorizedException"),
            (404, "ResourceNotFoundException"),
            (405, "UnknownOperationException"),
            (415, "InvalidParameterException"),
            (429, "TooManyRequestsException"),
            (500, "InternalErrorException"),
            (503, "TooManyRequestsException"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = status.into_response();
            assert_eq!(Outcome::of(&response), Outcome(expected), "{status}");
            let told = Outcome("invalid_grant");
            response.extensions_mut().insert(told);
            assert_eq!(Outcome::of(&response), told, "{status}");
        }
    }
}
