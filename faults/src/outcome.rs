//! The three outcomes of a call: acknowledged, refused or unknown.

use serde_json::Value;

/// How a call ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It happened; the body of the answer.
    Acknowledged(Value),
    /// It did not happen.
    Refused(Refusal),
    /// It may have happened: the connection broke, or the server said that it failed. The text says
    /// how.
    Unknown(String),
}

/// Why a call did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error's type.
    pub code: String,
    /// Its text.
    pub message: String,
}

impl Refusal {
    /// Whether the server only had too much to do.
    pub fn is_busy(&self) -> bool {
        self.code == "TooManyRequestsException"
    }
}

/// The outcome that a response stands for.
pub fn classify(status: u16, body: &[u8]) -> Outcome {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| {
        let member = value.as_ref().and_then(|value| value.get(name));
        member.and_then(Value::as_str).map(str::to_owned)
    };
    match (status, text("__type")) {
        (200, None) => match value {
            Some(value) => Outcome::Acknowledged(value),
            None => Outcome::Unknown("malformed: 200 without JSON".to_owned()),
        },
        (400, Some(code)) => Outcome::Refused(Refusal {
            code,
            message: text("message").unwrap_or_default(),
        }),
        // The second is what operations on secrets of app clients answer.
        (500, Some(code))
            if code == "InternalErrorException" || code == "InternalServerException" =>
        {
            Outcome::Unknown(format!("500 {code}"))
        }
        // A load balancer's own answers.
        (502..=504, None) => Outcome::Unknown(format!("{status}")),
        (status, code) => Outcome::Unknown(format!("malformed: {status} {code:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_classified() {
        assert!(matches!(classify(200, b"{}"), Outcome::Acknowledged(_)));
        let refused = classify(400, br#"{"__type":"UserNotFoundException","message":"no"}"#);
        assert!(
            matches!(refused, Outcome::Refused(refusal) if refusal.code == "UserNotFoundException")
        );
        for (status, body) in [
            (500, r#"{"__type":"InternalErrorException"}"#),
            (503, "gone"),
            (200, "cut sho"),
            (400, "{}"),
        ] {
            assert!(
                matches!(classify(status, body.as_bytes()), Outcome::Unknown(_)),
                "{status} {body}"
            );
        }
        let odd = classify(500, br#"{"__type":"NotAuthorizedException"}"#);
        assert!(matches!(odd, Outcome::Unknown(why) if why.starts_with("malformed")));
    }
}
