//! What a function answers.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest text of a function's error that a caller gets, in characters.
const MAX_ERROR: usize = 1000;

/// An answer that was read.
#[derive(Debug, PartialEq)]
pub(super) enum Answer<R> {
    /// The response that the function gave the event.
    Response(R),
    /// The function refuses, with this text.
    Refused(String),
    /// It is not the answer of such a function.
    Invalid,
}

/// What runtimes of functions answer when a function throws.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thrown {
    error_message: Option<String>,
    error_type: Option<String>,
}

/// The text of the function's error in `body`; `None` if there is none.
pub(super) fn thrown(body: &[u8]) -> Option<String> {
    let thrown: Thrown = serde_json::from_slice(body).ok()?;
    let text = thrown.error_message.or(thrown.error_type)?;
    Some(text.chars().take(MAX_ERROR).collect())
}

/// Reads the event that a function has answered, of which only the response counts. The runtime interface emulator
/// answers an error as an event, without saying that it is one.
pub(super) fn read<R: DeserializeOwned>(body: &[u8]) -> Answer<R> {
    let Ok(Value::Object(mut event)) = serde_json::from_slice(body) else {
        return Answer::Invalid;
    };
    match event.remove("response") {
        Some(response @ Value::Object(_)) => match serde_json::from_value(response) {
            Ok(response) => Answer::Response(response),
            Err(_) => Answer::Invalid,
        },
        Some(_) => Answer::Invalid,
        None => thrown(body).map_or(Answer::Invalid, Answer::Refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Response {
        is_good: Option<bool>,
    }

    #[test]
    fn only_an_event_with_a_fitting_response_is_an_answer() {
        let response = |is_good| Answer::Response(Response { is_good });
        for (body, expected) in [
            (
                r#"{"version":"1","response":{"isGood":true}}"#,
                response(Some(true)),
            ),
            (r#"{"response":{"isGood":null,"other":1}}"#, response(None)),
            (r#"{"response":{}}"#, response(None)),
            (r#"{"response":{"isGood":"True"}}"#, Answer::Invalid),
            (r#"{"response":null}"#, Answer::Invalid),
            (r#"{"response":[]}"#, Answer::Invalid),
            ("{}", Answer::Invalid),
            ("null", Answer::Invalid),
            (r#""ok""#, Answer::Invalid),
            ("", Answer::Invalid),
            ("<html>", Answer::Invalid),
            (
                r#"{"errorMessage":"No","errorType":"Error"}"#,
                Answer::Refused("No".to_owned()),
            ),
            (
                r#"{"errorType":"Runtime.ExitError"}"#,
                Answer::Refused("Runtime.ExitError".to_owned()),
            ),
        ] {
            assert_eq!(read::<Response>(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_long_error_is_cut_off() {
        let body = format!(r#"{{"errorMessage":"{}"}}"#, "ä".repeat(5000));
        assert_eq!(thrown(body.as_bytes()), Some("ä".repeat(MAX_ERROR)));
    }
}
