//! Checks that hold for every response.

use axum::body::Bytes;
use axum::http::{Response, StatusCode};
use cognate::protocol::{conform_error, conform_output};
use serde_json::Value;

/// A response that has passed the checks.
pub(crate) struct CheckedResponse {
    pub status: StatusCode,
    pub body: Value,
}

impl CheckedResponse {
    /// Checks a response of `operation`: no internal error, JSON that conforms to the model, and headers
    /// with the type of the error.
    pub fn check(operation: &str, response: &Response<Bytes>) -> Self {
        let status = response.status();
        let text = String::from_utf8_lossy(response.body());
        assert!(!status.is_server_error(), "{operation}: {status} {text}");
        let body: Value = serde_json::from_slice(response.body())
            .unwrap_or_else(|error| panic!("{operation}: {error} in {text}"));
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok())
        };
        assert_eq!(
            header("content-type"),
            Some("application/x-amz-json-1.1"),
            "{operation}: {text}"
        );
        let id = header("x-amzn-requestid").unwrap_or_default();
        assert!(
            uuid::Uuid::parse_str(id).is_ok(),
            "{operation}: no request id"
        );
        let faults = if status == StatusCode::OK {
            conform_output(operation, &body)
        } else {
            let type_ = body.get("__type").and_then(Value::as_str);
            let shown = type_.map(|type_| format!("{type_}:"));
            assert_eq!(header("x-amzn-errortype"), shown.as_deref(), "{text}");
            conform_error(operation, status.as_u16(), &body)
        };
        assert!(faults.is_empty(), "{} in {text}", faults.join("; "));
        Self { status, body }
    }

    /// Whether the operation succeeded.
    pub fn is_ok(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// A string in the body, by its JSON pointer.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.body.pointer(path)?.as_str()
    }
}
