//! The error of an operation, as the client gets it.

use std::fmt;

use axum::http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::model::ErrorCode;

/// The most bytes of a message. What AWS's own texts come to is far shorter, so only a request that has much
/// repeated to it meets this bound; its message ends in an ellipsis.
pub(super) const MAX_MESSAGE_BYTES: usize = 32 * 1024;

/// An error as the client gets it, and a detail for the log only.
///
/// `Debug` and `Display` omit the message, because messages quote the request.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    message: Option<String>,
    reason_code: Option<&'static str>,
    status: Option<StatusCode>,
    detail: Option<String>,
}

impl Error {
    /// `code` with a `message` for the client.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            message: Some(bounded(message.into())),
            ..Self::bare(code)
        }
    }

    /// `code` without a message.
    #[must_use]
    pub const fn bare(code: ErrorCode) -> Self {
        Self {
            code,
            message: None,
            reason_code: None,
            status: None,
            detail: None,
        }
    }

    /// `InvalidParameterException` with a `message`.
    #[must_use]
    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParameterException, message)
    }

    /// `InternalErrorException`, status 500. The client gets the request id and nothing else.
    #[must_use]
    pub const fn internal() -> Self {
        Self::bare(ErrorCode::InternalErrorException)
    }

    /// [`Error::internal`] with a `detail`, which is logged beside the request id. It must contain no
    /// secret and no value of the request.
    #[must_use]
    pub fn internal_because(detail: impl fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::internal()
        }
    }

    /// The same error for an operation that declares these: a few have another name for an internal one
    /// (administration 0).
    pub(super) fn into_declared(self, errors: &[String]) -> Self {
        let declares = |code: ErrorCode| errors.iter().any(|name| name == code.as_str());
        let (usual, other) = (
            ErrorCode::InternalErrorException,
            ErrorCode::InternalServerException,
        );
        if self.code == usual && !declares(usual) && declares(other) {
            return Self {
                code: other,
                ..self
            };
        }
        self
    }

    /// Adds `reasonCode`, an optional member of `InvalidParameterException`.
    #[must_use]
    pub const fn with_reason(mut self, reason: &'static str) -> Self {
        self.reason_code = Some(reason);
        self
    }

    /// Overrides the status of the code. For errors of the HTTP request itself; operations do not need
    /// it.
    #[must_use]
    pub(super) const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The type of the error.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The message for the client.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The detail for the log.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The status of the response: 400 for what the client can correct, 500 for internal errors.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| {
            StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::BAD_REQUEST)
        })
    }

    /// The message in the body and the header of the response.
    pub(super) fn wire_message(&self, request_id: Uuid) -> Option<String> {
        if self.status().is_server_error() {
            return Some(format!("Internal error. Request id: {request_id}"));
        }
        self.message.clone()
    }

    /// The body of the response.
    pub(super) fn body(&self, request_id: Uuid) -> Value {
        let mut body = Map::new();
        body.insert("__type".to_owned(), self.code.as_str().into());
        if let Some(message) = self.wire_message(request_id) {
            // Observed: this one type spells the member with a capital letter.
            let key = if self.code == ErrorCode::SerializationException {
                "Message"
            } else {
                "message"
            };
            body.insert(key.to_owned(), message.into());
        }
        if let Some(reason) = self.reason_code {
            body.insert("reasonCode".to_owned(), reason.into());
        }
        Value::Object(body)
    }
}

fn bounded(mut message: String) -> String {
    const ELLIPSIS: char = '…';
    if message.len() > MAX_MESSAGE_BYTES {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES - ELLIPSIS.len_utf8()));
        message.push(ELLIPSIS);
    }
    message
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("code", &self.code)
            .field("detail", &self.detail)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code.as_str())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_message_is_lower_case_except_in_serialization_exceptions() {
        let id = Uuid::nil();
        assert_eq!(
            Error::new(
                ErrorCode::NotAuthorizedException,
                "Incorrect username or password."
            )
            .body(id),
            json!({"__type": "NotAuthorizedException", "message": "Incorrect username or password."})
        );
        assert_eq!(
            Error::new(ErrorCode::SerializationException, "Expected null").body(id),
            json!({"__type": "SerializationException", "Message": "Expected null"})
        );
        assert_eq!(
            Error::bare(ErrorCode::UnknownOperationException).body(id),
            json!({"__type": "UnknownOperationException"})
        );
    }

    #[test]
    fn an_internal_error_shows_only_the_request_id() {
        let error = Error::internal_because("table users is on fire");
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            error.body(Uuid::nil()),
            json!({
                "__type": "InternalErrorException",
                "message": "Internal error. Request id: 00000000-0000-0000-0000-000000000000"
            })
        );
        assert_eq!(error.detail(), Some("table users is on fire"));
    }

    #[test]
    fn a_message_is_bounded() {
        let text = |length: usize| {
            let error = Error::invalid_parameter("日".repeat(length));
            error.message().unwrap().to_owned()
        };
        assert_eq!(text(10_922), "日".repeat(10_922));
        let cut = text(100_000);
        assert_eq!(cut.len(), MAX_MESSAGE_BYTES - 2);
        assert!(cut.starts_with('日') && cut.ends_with('…'));
    }

    #[test]
    fn debug_and_display_omit_the_message() {
        let error = Error::new(ErrorCode::InvalidParameterException, "Value 'hunter2'");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }

    #[test]
    fn a_reason_code_stands_beside_the_message() {
        let error = Error::invalid_parameter("no").with_reason("WhyNot");
        assert_eq!(error.body(Uuid::nil())["reasonCode"], "WhyNot");
    }
}
