//! Refusals of the endpoints as RFC 6749 words them (domain 3.4, 4.2).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use super::outcome::{FAILED, Outcome, TOO_MANY};
use crate::domain::authorization_request::{PageFault, REDIRECT_MISMATCH};
use crate::domain::failure::Failure;
use crate::domain::oauth_fault::OAuthFault;
use crate::flows::Error;
use crate::flows::oauth::OAuthError;

/// The answer to a request that the token endpoint refuses.
pub(super) fn refusal(error: &OAuthError) -> Response {
    match error {
        OAuthError::Refused(fault) => fault_answer(StatusCode::BAD_REQUEST, *fault),
        OAuthError::Flow(error) => failure(error),
    }
}

/// The answer with the error of this fault.
pub(super) fn fault_answer(status: StatusCode, fault: OAuthFault) -> Response {
    let (error, description) = match fault {
        OAuthFault::InvalidRequest => ("invalid_request", None),
        OAuthFault::InvalidClient => ("invalid_client", None),
        OAuthFault::InvalidGrant => ("invalid_grant", None),
        OAuthFault::UnauthorizedClient => ("unauthorized_client", None),
        OAuthFault::InvalidRedirect => ("unauthorized_client", Some("invalid_redirect")),
        OAuthFault::UnsupportedGrantType => ("unsupported_grant_type", None),
        OAuthFault::InvalidScope => ("invalid_scope", None),
        OAuthFault::UnsupportedTokenType => ("unsupported_token_type", None),
    };
    with_error(status, Outcome(error), error, description)
}

/// The answer to a request that took too long and was given up.
pub(super) fn too_slow() -> Response {
    tracing::error!("a request at a domain took too long and was given up");
    let (status, error) = UNAVAILABLE;
    with_error(status, Outcome(FAILED), error, None)
}

/// The answer to a request that did not get as far as its route, for this reason.
pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    let error = if status.is_server_error() {
        UNAVAILABLE.1
    } else {
        "invalid_request"
    };
    with_error(status, Outcome(error), error, Some(message))
}

/// The answer where a flow refuses that the JSON API has too, or the server fails.
pub(super) fn failure(error: &Error) -> Response {
    let invalid = (StatusCode::BAD_REQUEST, "invalid_request");
    let ((status, error), outcome, description) = match error {
        Error::Refused(Failure::TriggerRefused(trigger, text)) => {
            let text = format!("{} failed with error {text}. ", trigger.name());
            (invalid, invalid.1, Some(text))
        }
        Error::Refused(Failure::TooManyRequests) => {
            let (_, error) = UNAVAILABLE;
            ((StatusCode::TOO_MANY_REQUESTS, error), TOO_MANY, None)
        }
        // The caller is not to blame, and cannot tell either from the other.
        Error::Refused(Failure::TriggerFailed(..) | Failure::TriggerAnswerInvalid(_)) => {
            let error = "server_error";
            ((StatusCode::BAD_REQUEST, error), error, None)
        }
        Error::Refused(failure) => {
            tracing::info!(?failure, "an endpoint of OAuth has refused");
            (invalid, invalid.1, None)
        }
        Error::Busy | Error::Stale => (UNAVAILABLE, TOO_MANY, None),
        Error::Internal(error) => {
            tracing::error!(?error, "an endpoint of OAuth has failed");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            ((status, "server_error"), FAILED, None)
        }
    };
    with_error(status, Outcome(outcome), error, description.as_deref())
}

const UNAVAILABLE: (StatusCode, &str) =
    (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");

fn with_error(
    status: StatusCode,
    outcome: Outcome,
    error: &str,
    description: Option<&str>,
) -> Response {
    let body = match description {
        None => json!({ "error": error }),
        Some(text) => json!({ "error": error, "error_description": text }),
    };
    (status, Extension(outcome), Json(body)).into_response()
}

/// The page that says why the browser is not sent back, and its query (domain 2.7).
pub(super) fn page_of(
    fault: &PageFault,
    client_id: Option<&str>,
    query: &str,
) -> (&'static str, String) {
    let with = |error: &str| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("error", error);
        if let Some(id) = client_id {
            pairs.append_pair("client_id", id);
        }
        ("error", pairs.finish())
    };
    match fault {
        PageFault::Missing(_) => ("error", query.to_owned()),
        PageFault::ClientUnknown => with("client_not_found"),
        PageFault::RedirectMismatch => with(REDIRECT_MISMATCH),
        // The login page says it.
        PageFault::NoProvider => ("login", query.to_owned()),
    }
}
