//! Refusals of the endpoints as RFC 6749 words them (domain 3.4, 4.2).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

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
    let body = match description {
        None => json!({ "error": error }),
        Some(text) => json!({ "error": error, "error_description": text }),
    };
    (status, Json(body)).into_response()
}

/// The answer where a flow refuses that the JSON API has too, or the server fails.
pub(super) fn failure(error: &Error) -> Response {
    let (status, code, description) = match error {
        Error::Refused(Failure::TriggerRefused(trigger, text)) => {
            let text = format!("{} failed with error {text}. ", trigger.name());
            (StatusCode::BAD_REQUEST, "invalid_request", Some(text))
        }
        Error::Refused(Failure::TooManyRequests) => (
            StatusCode::TOO_MANY_REQUESTS,
            "temporarily_unavailable",
            None,
        ),
        Error::Refused(failure) => {
            tracing::info!(?failure, "an endpoint of OAuth has refused");
            (StatusCode::BAD_REQUEST, "invalid_request", None)
        }
        Error::Busy | Error::Stale => (
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            None,
        ),
        Error::Internal(error) => {
            tracing::error!(?error, "an endpoint of OAuth has failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "server_error", None)
        }
    };
    let body = match description {
        None => json!({ "error": code }),
        Some(text) => json!({ "error": code, "error_description": text }),
    };
    (status, Json(body)).into_response()
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
