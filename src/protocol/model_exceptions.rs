//! Where the server deviates from the service model, since AWS does; the behaviour pages say where each is known
//! from.

use serde_json::Value;

/// Members of operations that take an empty text, which removes what is set, although the model has a minimum.
const TAKE_EMPTY_TEXT: &[(&str, &str)] = &[
    // Administration 1.
    ("UpdateGroup", "RoleArn"),
];

/// Operations that the model has signed, while their app client authenticates: a signature is welcome, and one that is
/// not right counts as none.
const AUTHENTICATE_BY_CLIENT: &[&str] = &[
    // Administration 0.
    "GetClientToken",
    "GetDerivedToken",
];

/// Errors that an operation answers although the model does not list them.
const UNDECLARED_ERRORS: &[(&str, &str)] = &[
    // A deleted user's token is answered alike by every operation that takes one (behaviour 1.6).
    ("GlobalSignOut", "UserNotFoundException"),
    ("StartWebAuthnRegistration", "UserNotFoundException"),
    ("CompleteWebAuthnRegistration", "UserNotFoundException"),
    ("ListWebAuthnCredentials", "UserNotFoundException"),
    ("DeleteWebAuthnCredential", "UserNotFoundException"),
    // Administration 0.
    ("AdminGetDevice", "UserNotFoundException"),
    ("AdminListDevices", "UserNotFoundException"),
    // The function that takes part in its tokens may fail (administration 10.2).
    ("GetClientToken", "UserLambdaValidationException"),
    ("GetClientToken", "UnexpectedLambdaException"),
    ("GetClientToken", "InvalidLambdaResponseException"),
];

/// Whether the operation needs no signature although the model says so.
#[must_use]
pub fn authenticates_by_client(operation: &str) -> bool {
    AUTHENTICATE_BY_CLIENT.contains(&operation)
}

/// Whether the operation may answer this error although the model does not list it.
pub(super) fn is_undeclared_error(operation: &str, error: &str) -> bool {
    UNDECLARED_ERRORS.contains(&(operation, error))
}

/// The input without empty texts that the operation takes against the model; `None` if it has none.
pub(super) fn without_empty_texts(operation: &str, input: &Value) -> Option<Value> {
    let mut without = None;
    for (_, member) in TAKE_EMPTY_TEXT
        .iter()
        .filter(|(name, _)| *name == operation)
    {
        if input.get(member).and_then(Value::as_str) == Some("") {
            let copy: &mut Value = without.get_or_insert_with(|| input.clone());
            if let Some(members) = copy.as_object_mut() {
                members.remove(*member);
            }
        }
    }
    without
}
