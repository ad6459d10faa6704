//! What the server answered.

use std::ops::Index;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::application;

/// An answer to one call, already checked to fit the model.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The operation that was called; empty for a raw request.
    pub operation: String,
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The error's `__type`, or nothing for success.
    pub type_: Option<String>,
    /// The error's text, `message` or (for deserialisation) `Message`.
    pub message: Option<String>,
    /// The body, `Null` if there is none or it is no JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Reads a response to `operation`.
    pub async fn read(operation: &str, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("the answer's body arrives");
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let type_ = member("__type");
        let message = type_
            .is_some()
            .then(|| member("message").or_else(|| member("Message")))
            .flatten();
        let answer = Self {
            operation: operation.to_owned(),
            status,
            headers,
            type_,
            message,
            body,
            text,
        };
        if !operation.is_empty() {
            answer.check();
        }
        answer
    }

    /// Behaviour 1, for every answer of every test.
    fn check(&self) {
        assert_eq!(
            self.header("content-type"),
            Some("application/x-amz-json-1.1"),
            "{self}"
        );
        let id = self.header("x-amzn-requestid").unwrap_or_default();
        assert!(uuid::Uuid::parse_str(id).is_ok(), "no request id in {self}");
        if self.status == 200 {
            assert!(self.body.is_object(), "no JSON object in {self}");
            assert_eq!(self.type_, None, "an error with status 200: {self}");
            let faults = application::conform_output(&self.operation, &self.body);
            assert!(faults.is_empty(), "{} in {self}", faults.join("; "));
            return;
        }
        let Some(type_) = self.type_.as_deref() else {
            panic!("an error without a type: {self}");
        };
        assert_eq!(
            self.header("x-amzn-errortype"),
            Some(format!("{type_}:").as_str()),
            "{self}"
        );
        let faults = application::conform_error(&self.operation, self.status, &self.body);
        assert!(faults.is_empty(), "{} in {self}", faults.join("; "));
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of a success; fails the test if it was none.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self}");
        self.body
    }

    /// Asserts the error's type and whole text.
    #[track_caller]
    pub fn fails(&self, type_: &str, message: &str) {
        assert_eq!(
            (self.type_.as_deref(), self.message.as_deref()),
            (Some(type_), Some(message)),
            "{self}"
        );
    }

    /// Asserts the error's type, for the few whose text is free.
    #[track_caller]
    pub fn fails_as(&self, type_: &str) {
        assert_eq!(self.type_.as_deref(), Some(type_), "{self}");
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    fn index(&self, member: &str) -> &Value {
        &self.body[member]
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operation = &self.operation;
        write!(
            f,
            "the answer to {operation}: {} {}",
            self.status, self.text
        )
    }
}

/// The members of a JSON object, sorted.
#[track_caller]
pub fn member_names(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("a JSON object");
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
