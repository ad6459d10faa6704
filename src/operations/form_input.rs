//! What the form of a login page brings for an operation, which the dispatcher has not seen.

use serde_json::Value;

use crate::model::shapes::MODEL;
use crate::operations::Error;
use crate::operations::authentication::outcome;
use crate::protocol::{self, validation};

/// Checks the input of an operation against the model's constraints (behaviour 1.4).
///
/// # Errors
/// The texts of the violated constraints.
pub fn check(operation: &str, input: &Value) -> Result<(), Error> {
    let Some(known) = MODEL.operations.get(operation) else {
        let error = protocol::Error::internal_because("the model has no such operation");
        return Err(error.into());
    };
    Ok(validation::validate(operation, input, &known.input)?)
}

/// Checks the password that replaces a temporary one, and the attributes beside it, as RespondToAuthChallenge does.
///
/// # Errors
/// The texts of the violated constraints.
pub fn check_new_password(password: &str, attributes: &[(String, String)]) -> Result<(), Error> {
    outcome::check_new_password(password)?;
    let attributes = attributes.iter();
    outcome::check_attributes(attributes.map(|(name, value)| (name.as_str(), value)))
}
