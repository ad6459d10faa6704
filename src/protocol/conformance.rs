//! Compares responses with the service model. For tests only; the server does not call it.

use serde_json::Value;

use super::model_exceptions;
use super::shape_check::BASE64;
use crate::model::ErrorCode;
use crate::model::shapes::{Kind, MODEL, Shape};
use base64::Engine as _;

/// The differences between `body` and the model's output of `operation`: wrong types, missing required
/// members, unknown members, unknown values of enums.
#[must_use]
pub fn conform_output(operation: &str, body: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    match MODEL.operations.get(operation).map(|found| &found.output) {
        None => faults.push(format!("there is no operation {operation}")),
        Some(Some(shape)) => compare(body, shape, operation, &mut faults),
        Some(None) => {
            if body.as_object().is_none_or(|object| !object.is_empty()) {
                faults.push(format!("{operation} answers {{}}"));
            }
        }
    }
    faults
}

/// What is wrong with `body` as an error of `operation` with HTTP status `status`; empty when it
/// fits: a type that the model lists for the operation or that is common to all, with its status,
/// and a text in the member that the type has.
#[must_use]
pub fn conform_error(operation: &str, status: u16, body: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(found) = MODEL.operations.get(operation) else {
        return vec![format!("there is no operation {operation}")];
    };
    let name = body
        .get("__type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(code) = ErrorCode::from_wire(name) else {
        return vec![format!("{operation}: unknown error type {name:?}")];
    };
    let declares = |code: ErrorCode| found.errors.iter().any(|error| error == code.as_str());
    // Any operation can fail so, also those that do not list it, unless they list the other name for it.
    let internal =
        code == ErrorCode::InternalErrorException && !declares(ErrorCode::InternalServerException);
    if !declares(code)
        && !model_exceptions::is_undeclared_error(operation, name)
        && !ErrorCode::COMMON.contains(&code)
        && code != ErrorCode::InvalidParameterException
        && !internal
    {
        faults.push(format!("{operation} does not list {name}"));
    }
    if code.http_status() != status {
        faults.push(format!("{name} has status {status}"));
    }
    for (key, value) in body.as_object().into_iter().flatten() {
        let known = match key.as_str() {
            "__type" => true,
            "message" => code != ErrorCode::SerializationException,
            "Message" => code == ErrorCode::SerializationException,
            "reasonCode" => code == ErrorCode::InvalidParameterException,
            _ => false,
        };
        if !known || !value.is_string() {
            faults.push(format!("{name} has a member {key} of {}", kind_of(value)));
        }
    }
    faults
}

fn compare(value: &Value, shape: &Shape, path: &str, faults: &mut Vec<String>) {
    let fits = match (&shape.kind, value) {
        (Kind::Document, _)
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Double | Kind::Timestamp, Value::Number(_)) => true,
        (Kind::Structure(members), Value::Object(object)) => {
            for member in members {
                match object.get(&member.name) {
                    Some(value) => {
                        let path = format!("{path}.{}", member.name);
                        compare(value, &member.shape, &path, faults);
                    }
                    None if member.required => {
                        faults.push(format!("{path} lacks {}", member.name));
                    }
                    None => {}
                }
            }
            for key in object.keys() {
                if !members.iter().any(|member| member.name == *key) {
                    faults.push(format!("{path} has no member {key}"));
                }
            }
            true
        }
        (Kind::List(element), Value::Array(elements)) => {
            for (index, value) in elements.iter().enumerate() {
                compare(value, element, &format!("{path}[{index}]"), faults);
            }
            true
        }
        (Kind::Map(key_shape, entry), Value::Object(object)) => {
            for (key, value) in object {
                let path = format!("{path}[{key}]");
                compare(&Value::String(key.clone()), key_shape, &path, faults);
                compare(value, entry, &path, faults);
            }
            true
        }
        (Kind::String, Value::String(text)) => {
            if !shape.values.is_empty() && !shape.values.contains(text) {
                faults.push(format!("{path} has the unknown value {text:?}"));
            }
            true
        }
        (Kind::Integer, value) => value
            .as_i64()
            .is_some_and(|whole| i32::try_from(whole).is_ok()),
        (Kind::Long, value) => value.is_i64(),
        (Kind::Blob, Value::String(text)) => BASE64.decode(text).is_ok(),
        _ => false,
    };
    if !fits {
        faults.push(format!("{path} ({}) is {}", shape.name, kind_of(value)));
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_conforming_response_has_no_faults() {
        let body = json!({"UserConfirmed": false, "UserSub": "s", "CodeDeliveryDetails": {"DeliveryMedium": "EMAIL"}});
        assert_eq!(conform_output("SignUp", &body), Vec::<String>::new());
        assert_eq!(
            conform_output("DeleteUser", &json!({})),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_fault_is_named() {
        let body = json!({"UserConfirmed": "false", "Extra": 1, "CodeDeliveryDetails": {"DeliveryMedium": "PIGEON"}});
        assert_eq!(
            conform_output("SignUp", &body),
            [
                "SignUp.UserConfirmed (BooleanType) is a string",
                "SignUp.CodeDeliveryDetails.DeliveryMedium has the unknown value \"PIGEON\"",
                "SignUp lacks UserSub",
                "SignUp has no member Extra",
            ]
        );
        assert_eq!(
            conform_output("DeleteUser", &json!({"a": 1})),
            ["DeleteUser answers {}"]
        );
        assert_eq!(
            conform_output("Nope", &json!({})),
            ["there is no operation Nope"]
        );
    }

    #[test]
    fn an_error_must_be_listed_or_common() {
        let error = |name: &str| json!({"__type": name, "message": "m"});
        let none = Vec::<String>::new();
        assert_eq!(
            conform_error("SignUp", 400, &error("UsernameExistsException")),
            none
        );
        assert_eq!(
            conform_error("SignUp", 400, &json!({"__type": "SerializationException"})),
            none
        );
        assert_eq!(
            conform_error("SignUp", 404, &error("GroupExistsException")),
            [
                "SignUp does not list GroupExistsException",
                "GroupExistsException has status 404"
            ]
        );
        assert_eq!(
            conform_error("SignUp", 400, &error("Oops")),
            ["SignUp: unknown error type \"Oops\""]
        );
        assert_eq!(
            conform_error("SignUp", 400, &error("SerializationException")),
            ["SerializationException has a member message of a string"]
        );
    }
}
