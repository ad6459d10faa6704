//! Checks that a body has the model's types. A wrong type is a `SerializationException`, before any
//! constraint is checked (behaviour 1.3).
//!
//! The page names the service on which most of these texts were observed. Where it gives none, the
//! texts here follow the same forms:
//! - a number out of an integer's range gets the text of a value of a wrong type;
//! - a time that is not a number: `… can not be converted to milliseconds since epoch`;
//! - bytes that are not base64: no text.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Number, Value};

use super::Error;
use crate::model::ErrorCode;
use crate::model::shapes::{Kind, Member, Shape};

/// The base64 of blobs, with or without padding, since clients differ.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The last second of the year 9999. A later time is an error of the client, mostly milliseconds.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Reads a request's body as `shape`, the input of an operation: [`parse`] and [`conform_input`].
///
/// # Errors
/// As these two.
pub fn read_body(body: &[u8], shape: &Shape) -> Result<Value, Error> {
    conform_input(parse(body)?, shape)
}

/// The JSON of a request's body, of whatever type.
///
/// # Errors
/// `SerializationException` without a text: malformed JSON, invalid UTF-8, a number beyond f64, and nesting deeper
/// than serde_json's 128 levels.
pub fn parse(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|_| Error::bare(ErrorCode::SerializationException))
}

/// A request's JSON as `shape`, the input of an operation.
///
/// Returns a value that always deserializes to the generated type: without unknown members and `null`
/// members, and with decimals truncated where the type is an integer. A `null` in a list stays, so that
/// the validation refuses it.
///
/// # Errors
/// `SerializationException`, with or without a text as AWS has it.
pub fn conform_input(value: Value, shape: &Shape) -> Result<Value, Error> {
    match value {
        Value::Object(_) => conform(value, shape),
        Value::Array(_) => Err(mismatch(LIST_START)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(Error::bare(ErrorCode::SerializationException))
        }
    }
}

const LIST_START: &str = "Start of list found where not expected";
const STRUCTURE_START: &str = "Start of structure or map found where not expected.";

fn mismatch(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::SerializationException, text)
}

/// The depth of the recursion is bounded by the shapes of the model, not by the value.
fn conform(value: Value, shape: &Shape) -> Result<Value, Error> {
    match (&shape.kind, value) {
        (Kind::Document, value) => Ok(value),
        (Kind::Structure(members), Value::Object(object)) => conform_members(object, members),
        (Kind::Structure(_) | Kind::Map(..), Value::Array(_)) => Err(mismatch(STRUCTURE_START)),
        (Kind::Structure(_), _) => Err(mismatch("Expected null")),
        (Kind::Map(_, shape), Value::Object(object)) => {
            let mut entries = Map::new();
            for (key, value) in object {
                if !value.is_null() {
                    entries.insert(key, conform(value, shape)?);
                }
            }
            Ok(Value::Object(entries))
        }
        (Kind::Map(..), _) => Err(mismatch("Expected map or null")),
        (Kind::List(shape), Value::Array(elements)) => elements
            .into_iter()
            .map(|element| {
                if element.is_null() {
                    Ok(element)
                } else {
                    conform(element, shape)
                }
            })
            .collect(),
        (_, Value::Object(_)) => Err(mismatch(STRUCTURE_START)),
        (Kind::List(_), _) => Err(mismatch("Expected list or null")),
        (_, Value::Array(_)) => Err(mismatch(LIST_START)),
        (Kind::String, Value::String(text)) => Ok(Value::String(text)),
        (Kind::String, value) => Err(unconvertible(&value, "to a String")),
        (Kind::Boolean, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        (Kind::Boolean, value) => Err(unconvertible(&value, "to a Boolean")),
        (Kind::Integer, value) => {
            let whole = whole_number(&value).and_then(|whole| i32::try_from(whole).ok());
            whole
                .map(Value::from)
                .ok_or_else(|| unconvertible(&value, "to an Integer"))
        }
        (Kind::Long, value) => whole_number(&value)
            .map(Value::from)
            .ok_or_else(|| unconvertible(&value, "to a Long")),
        (Kind::Double, Value::Number(number)) => Ok(Value::Number(number)),
        (Kind::Double, value) => Err(unconvertible(&value, "to a Double")),
        (Kind::Timestamp, value) => match value.as_f64() {
            Some(seconds) if seconds.abs() <= LAST_SECOND => Ok(value),
            _ => Err(unconvertible(&value, "to milliseconds since epoch")),
        },
        (Kind::Blob, Value::String(text)) => match BASE64.decode(&text) {
            Ok(_) => Ok(Value::String(text)),
            Err(_) => Err(Error::bare(ErrorCode::SerializationException)),
        },
        (Kind::Blob, value) => Err(unconvertible(&value, "to a Blob")),
    }
}

fn conform_members(mut object: Map<String, Value>, members: &[Member]) -> Result<Value, Error> {
    let mut known = Map::new();
    for member in members {
        match object.remove(&member.name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                known.insert(member.name.clone(), conform(value, &member.shape)?);
            }
        }
    }
    Ok(Value::Object(known))
}

/// A number's whole part, if 64 bits hold it.
fn whole_number(value: &Value) -> Option<i64> {
    let number: &Number = value.as_number()?;
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let whole = number.as_f64()?.trunc();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only after the comparison with the bounds of i64, which are powers of two"
    )]
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
        .contains(&whole)
        .then_some(whole as i64)
}

fn unconvertible(value: &Value, to: &str) -> Error {
    let token = match value {
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Array(_) => return mismatch(LIST_START),
        Value::Object(_) => return mismatch(STRUCTURE_START),
        // The callers have removed nulls.
        Value::Null => "NULL_VALUE",
    };
    mismatch(format!("{token} can not be converted {to}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::shapes::MODEL;

    fn read(operation: &str, body: &str) -> Result<Value, Error> {
        read_body(body.as_bytes(), &MODEL.operations[operation].input)
    }

    /// The text of the error, `None` when it has none.
    fn refusal(operation: &str, body: &str) -> Option<String> {
        let error = read(operation, body).expect_err(body);
        assert_eq!(error.code(), ErrorCode::SerializationException, "{body}");
        error.message().map(ToOwned::to_owned)
    }

    #[test]
    fn a_body_that_is_not_an_object_has_no_text() {
        for body in [
            "",
            " ",
            "null",
            "\"x\"",
            "5",
            "true",
            "{",
            "{\"a\":",
            "{'a':1}",
            "{}x",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "\u{feff}{}",
        ] {
            assert_eq!(refusal("SignUp", body), None, "{body}");
        }
    }

    #[test]
    fn a_list_as_the_body_has_a_text() {
        assert_eq!(
            refusal("SignUp", "[]").unwrap(),
            "Start of list found where not expected"
        );
    }

    #[test]
    fn invalid_utf8_and_deep_nesting_are_refused() {
        let shape = &MODEL.operations["SignUp"].input;
        let error = read_body(b"{\"Username\":\"\xff\"}", shape).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SerializationException);
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(refusal("SignUp", &deep), None);
    }

    #[test]
    fn wrong_types_have_the_texts_of_the_page() {
        for (operation, body, text) in [
            (
                "SignUp",
                r#"{"UserAttributes":[["Name"]]}"#,
                "Start of structure or map found where not expected.",
            ),
            (
                "SignUp",
                r#"{"UserAttributes":{"Name":"a"}}"#,
                "Start of structure or map found where not expected.",
            ),
            (
                "SignUp",
                r#"{"Username":{"a":1}}"#,
                "Start of structure or map found where not expected.",
            ),
            (
                "SignUp",
                r#"{"ClientMetadata":"x"}"#,
                "Expected map or null",
            ),
            ("SignUp", r#"{"ClientMetadata":5}"#, "Expected map or null"),
            (
                "ListUsers",
                r#"{"Limit":"5"}"#,
                "STRING_VALUE can not be converted to an Integer",
            ),
            (
                "ListUsers",
                r#"{"Limit":true}"#,
                "TRUE_VALUE can not be converted to an Integer",
            ),
            (
                "ListUsers",
                r#"{"Limit":[1]}"#,
                "Start of list found where not expected",
            ),
            (
                "ListUsers",
                r#"{"Limit":2147483648}"#,
                "NUMBER_VALUE can not be converted to an Integer",
            ),
            (
                "ListUsers",
                r#"{"Limit":1e300}"#,
                "NUMBER_VALUE can not be converted to an Integer",
            ),
            (
                "ListUsers",
                r#"{"Limit":18446744073709551615}"#,
                "NUMBER_VALUE can not be converted to an Integer",
            ),
            (
                "SignUp",
                r#"{"Username":5}"#,
                "NUMBER_VALUE can not be converted to a String",
            ),
            (
                "SignUp",
                r#"{"Username":true}"#,
                "TRUE_VALUE can not be converted to a String",
            ),
            (
                "SignUp",
                r#"{"Username":false}"#,
                "FALSE_VALUE can not be converted to a String",
            ),
            (
                "SignUp",
                r#"{"Username":["u"]}"#,
                "Start of list found where not expected",
            ),
            (
                "SignUp",
                r#"{"UserAttributes":"x"}"#,
                "Expected list or null",
            ),
            ("SignUp", r#"{"UserContextData":"x"}"#, "Expected null"),
            ("SignUp", r#"{"UserAttributes":["x"]}"#, "Expected null"),
            (
                "SignUp",
                r#"{"UserAttributes":[{"Name":"custom:n","Value":5}]}"#,
                "NUMBER_VALUE can not be converted to a String",
            ),
            (
                "SignUp",
                r#"{"UserAttributes":[{"Name":"custom:b","Value":true}]}"#,
                "TRUE_VALUE can not be converted to a String",
            ),
            (
                "SignUp",
                r#"{"ClientMetadata":{"a":1}}"#,
                "NUMBER_VALUE can not be converted to a String",
            ),
            (
                "ConfirmSignUp",
                r#"{"ForceAliasCreation":"true"}"#,
                "STRING_VALUE can not be converted to a Boolean",
            ),
            (
                "InitiateAuth",
                r#"{"AuthParameters":["USERNAME"]}"#,
                "Start of structure or map found where not expected.",
            ),
        ] {
            assert_eq!(refusal(operation, body).as_deref(), Some(text), "{body}");
        }
    }

    #[test]
    fn null_and_unknown_members_are_dropped() {
        assert_eq!(
            read(
                "SignUp",
                r#"{"Username":"a","Username":"u","Password":null,"Foo":[[[]]],
                    "UserAttributes":[{"Name":"n","Value":null,"Bar":1}],
                    "ClientMetadata":{"a":null,"b":""}}"#
            )
            .unwrap(),
            json!({"Username": "u", "UserAttributes": [{"Name": "n"}], "ClientMetadata": {"b": ""}})
        );
        assert_eq!(read("SignUp", "{}").unwrap(), json!({}));
    }

    #[test]
    fn decimals_are_truncated() {
        for (given, kept) in [("5.9", 5), ("-5.9", -5), ("1e1", 10), ("5", 5)] {
            let body = format!("{{\"Limit\":{given}}}");
            assert_eq!(read("ListUsers", &body).unwrap(), json!({"Limit": kept}));
        }
    }
}
