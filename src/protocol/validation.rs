//! Checks a body against the model's constraints. All violations are reported in one
//! `InvalidParameterException`, in the order of the model (behaviour 1.4).
//!
//! Where the page gives no rule:
//! - A list of plain values is reported as a whole (`Member must satisfy constraint: […]`), as AWS
//!   does for `explicitAuthFlows` and `callbackURLs`. The brackets contain every constraint of the
//!   element in the observed order: greatest length, least length, pattern, set of values. Maps are
//!   reported alike, with `Map keys` or `Map value`.
//! - What a request can have repeated is bounded: [`MAX_SHOWN`], [`MAX_DESCRIBED_BYTES`].
//! - U+0000 is refused in every string, as if by a pattern: PostgreSQL cannot store it.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use serde_json::Value;

use super::Error;
use super::error::MAX_MESSAGE_BYTES;
use super::model_exceptions;
use super::shape_check::BASE64;
use crate::model::shapes::{Kind, MODEL, Member, Shape};

/// The most violations that are counted. Without a limit a hostile request would cause a response many
/// times its own size.
const MAX_VIOLATIONS: usize = 500;
/// The most characters of a value that a violation repeats; a longer value ends in an ellipsis. What people
/// type is shorter, and who sent more than this knows it by its beginning.
const MAX_SHOWN: usize = 1024;
/// The bytes of violations after which further ones are counted, but not described: as many as a message may
/// have, and room for its beginning.
const MAX_DESCRIBED_BYTES: usize = MAX_MESSAGE_BYTES - 64;

/// The pattern that every string must match besides its own.
const NO_NUL: &str = r"[^\x00]*";

/// Checks a body that the shape check returned against the constraints of `shape`.
///
/// `operation` is the one whose input the body is.
///
/// # Errors
/// `InvalidParameterException` with every violation.
pub fn validate(operation: &str, input: &Value, shape: &Shape) -> Result<(), Error> {
    let without = model_exceptions::without_empty_texts(operation, input);
    let mut validator = Validator::default();
    validator.value(without.as_ref().unwrap_or(input), shape, "", false);
    validator.into_result()
}

/// Checks a value against the constraints of a `member` of the input of `operation`, by whose path
/// violations are named. For values that travel where the model does not constrain them, as the
/// attributes inside the answers of a challenge do.
///
/// # Errors
/// `InvalidParameterException` with every violation.
pub fn validate_as_member(operation: &str, member: &str, value: &Value) -> Result<(), Error> {
    let shape = MODEL.operations.get(operation).map(|shape| &shape.input);
    let member = match shape.map(|shape| &shape.kind) {
        Some(Kind::Structure(members)) => members.iter().find(|known| known.name == member),
        _ => None,
    };
    let Some(member) = member else {
        return Err(Error::internal_because("the model has no such member"));
    };
    let mut validator = Validator::default();
    validator.member(Some(value), member, "", false);
    validator.into_result()
}

impl Validator {
    fn into_result(self) -> Result<(), Error> {
        let count = self.count;
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        Err(Error::invalid_parameter(format!(
            "{count} validation {errors} detected: {}",
            self.described
        )))
    }
}

#[derive(Default)]
struct Validator {
    count: usize,
    described: String,
}

impl Validator {
    /// Validates one value. `hidden` means that an enclosing shape is sensitive.
    fn value(&mut self, value: &Value, shape: &Shape, path: &str, hidden: bool) {
        if self.count >= MAX_VIOLATIONS {
            return;
        }
        let hidden = hidden || shape.sensitive;
        for constraint in broken(value, shape) {
            self.report(Some(value), shape, path, hidden, &constraint.to_string());
        }
        match (&shape.kind, value) {
            (Kind::Structure(members), Value::Object(object)) => {
                for member in members {
                    self.member(object.get(&member.name), member, path, hidden);
                }
            }
            (Kind::List(element), Value::Array(elements)) => {
                self.elements(value, elements, shape, element, path, hidden);
            }
            (Kind::Map(key, entry), Value::Object(object)) => {
                let keys_hidden = hidden || key.sensitive || entry.sensitive;
                if object.keys().any(|text| breaks_text(text, key)) {
                    let all = all_of(key, object.keys().any(|text| text.contains('\0')));
                    let constraint = format!("Map keys must satisfy constraint: [{all}]");
                    self.report(Some(value), shape, path, keys_hidden, &constraint);
                }
                if is_plain(entry) {
                    if object
                        .values()
                        .any(|value| !broken(value, entry).is_empty())
                    {
                        let all = all_of(entry, object.values().any(has_nul));
                        let constraint = format!("Map value must satisfy constraint: [{all}]");
                        self.report(Some(value), shape, path, keys_hidden, &constraint);
                    }
                } else {
                    for (key, value) in object {
                        self.value(value, entry, &format!("{path}.{key}.member"), hidden);
                    }
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, value: Option<&Value>, member: &Member, path: &str, hidden: bool) {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", member.path);
        match value {
            Some(value) => self.value(value, &member.shape, &path, hidden),
            None if member.required => self.absent(&member.shape, &path, hidden),
            None => {}
        }
    }

    fn elements(
        &mut self,
        list: &Value,
        elements: &[Value],
        shape: &Shape,
        element: &Shape,
        path: &str,
        hidden: bool,
    ) {
        let plain = is_plain(element);
        if plain
            && elements
                .iter()
                .any(|value| !value.is_null() && !broken(value, element).is_empty())
        {
            let all = all_of(element, elements.iter().any(has_nul));
            let constraint = format!("Member must satisfy constraint: [{all}]");
            self.report(
                Some(list),
                shape,
                path,
                hidden || element.sensitive,
                &constraint,
            );
        }
        for (index, value) in elements.iter().enumerate() {
            let path = || format!("{path}.{}.member", index.saturating_add(1));
            if value.is_null() {
                self.absent(element, &path(), hidden);
            } else if !plain {
                self.value(value, element, &path(), hidden);
            }
        }
    }

    fn absent(&mut self, shape: &Shape, path: &str, hidden: bool) {
        self.report(
            None,
            shape,
            path,
            hidden || shape.sensitive,
            "Member must not be null",
        );
    }

    fn report(
        &mut self,
        value: Option<&Value>,
        shape: &Shape,
        path: &str,
        hidden: bool,
        constraint: &str,
    ) {
        if self.count >= MAX_VIOLATIONS {
            return;
        }
        let shown = match value {
            _ if hidden => String::new(),
            None => " null".to_owned(),
            Some(value) => {
                let mut text = String::new();
                print(value, shape, &mut text);
                if let Some((end, _)) = text.char_indices().nth(MAX_SHOWN) {
                    text.truncate(end);
                    text.push('…');
                }
                format!(" '{text}'")
            }
        };
        let violation =
            format!("Value{shown} at '{path}' failed to satisfy constraint: {constraint}");
        self.count += 1;
        let between = if self.described.is_empty() { "" } else { "; " };
        if self.described.len() + between.len() + violation.len() <= MAX_DESCRIBED_BYTES {
            self.described.push_str(between);
            self.described.push_str(&violation);
        }
    }
}

/// Whether a list or map of this shape is reported as a whole.
const fn is_plain(shape: &Shape) -> bool {
    !matches!(
        shape.kind,
        Kind::Structure(_) | Kind::List(_) | Kind::Map(..) | Kind::Document
    )
}

fn has_nul(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains('\0'))
}

fn breaks_text(text: &str, shape: &Shape) -> bool {
    !broken_text(text, shape).is_empty()
}

/// A constraint of the model on one value. `Display` is AWS's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint<'s> {
    /// The least value or length; the text is `value` or `length`.
    Least(&'static str, i64),
    /// The greatest value or length.
    Greatest(&'static str, i64),
    /// The pattern that the whole text matches.
    Pattern(&'s str),
    /// The texts that are permitted.
    Values(&'s [String]),
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Least(what, min) => {
                write!(f, "Member must have {what} greater than or equal to {min}")
            }
            Self::Greatest(what, max) => {
                write!(f, "Member must have {what} less than or equal to {max}")
            }
            Self::Pattern(pattern) => write!(
                f,
                "Member must satisfy regular expression pattern: {pattern}"
            ),
            Self::Values(values) => write!(
                f,
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            ),
        }
    }
}

/// The constraints of `shape` itself that `value` breaks, in the order in which they are reported.
pub(crate) fn broken<'s>(value: &Value, shape: &'s Shape) -> Vec<Constraint<'s>> {
    match (&shape.kind, value) {
        (Kind::String, Value::String(text)) => broken_text(text, shape),
        (Kind::Blob, Value::String(text)) => {
            let bytes = BASE64
                .decode(text)
                .map(|bytes| bytes.len())
                .unwrap_or_default();
            broken_length(bytes, shape).into_iter().collect()
        }
        (Kind::List(_), Value::Array(elements)) => {
            broken_length(elements.len(), shape).into_iter().collect()
        }
        (Kind::Map(..), Value::Object(entries)) => {
            broken_length(entries.len(), shape).into_iter().collect()
        }
        (Kind::Integer | Kind::Long, Value::Number(number)) => {
            let number = number.as_i64().unwrap_or_default();
            broken_bounds(number, shape, "value").into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn broken_text<'s>(text: &str, shape: &'s Shape) -> Vec<Constraint<'s>> {
    let length = broken_length(text.chars().count(), shape);
    let pattern = match &shape.pattern {
        Some(pattern) if !pattern.matches(text) => Some(Constraint::Pattern(&pattern.text)),
        _ if text.contains('\0') => Some(Constraint::Pattern(NO_NUL)),
        _ => None,
    };
    let known = shape.values.is_empty() || shape.values.iter().any(|value| value == text);
    let values = (!known).then_some(Constraint::Values(&shape.values));
    let ordered = if shape.length_first {
        [length, pattern, values]
    } else {
        [pattern, length, values]
    };
    ordered.into_iter().flatten().collect()
}

fn broken_length(length: usize, shape: &Shape) -> Option<Constraint<'static>> {
    broken_bounds(i64::try_from(length).unwrap_or(i64::MAX), shape, "length")
}

fn broken_bounds(measure: i64, shape: &Shape, what: &'static str) -> Option<Constraint<'static>> {
    match (shape.min, shape.max) {
        (Some(min), _) if measure < min => Some(Constraint::Least(what, min)),
        (_, Some(max)) if measure > max => Some(Constraint::Greatest(what, max)),
        _ => None,
    }
}

/// Every constraint of a plain shape, in the form of the report on a list or map of it.
fn all_of(shape: &Shape, with_nul: bool) -> String {
    let what = match shape.kind {
        Kind::Integer | Kind::Long => "value",
        Kind::Structure(_)
        | Kind::List(_)
        | Kind::Map(..)
        | Kind::String
        | Kind::Double
        | Kind::Boolean
        | Kind::Timestamp
        | Kind::Blob
        | Kind::Document => "length",
    };
    let pattern = shape.pattern.as_ref();
    let all = [
        shape.max.map(|max| Constraint::Greatest(what, max)),
        shape.min.map(|min| Constraint::Least(what, min)),
        pattern.map(|pattern| Constraint::Pattern(&pattern.text)),
        (!shape.values.is_empty()).then_some(Constraint::Values(&shape.values)),
        with_nul.then_some(Constraint::Pattern(NO_NUL)),
    ];
    let texts: Vec<String> = all.iter().flatten().map(ToString::to_string).collect();
    texts.join(", ")
}

/// Writes a value in AWS's form: strings without quotes, `[a, b]`, `{k=v, l=w}`. Sensitive values inside
/// are omitted.
fn print(value: &Value, shape: &Shape, text: &mut String) {
    if shape.sensitive {
        return;
    }
    match (&shape.kind, value) {
        (_, Value::String(string)) => text.push_str(string),
        (Kind::List(element), Value::Array(elements)) => {
            text.push('[');
            for (index, value) in elements.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                print(value, element, text);
            }
            text.push(']');
        }
        (Kind::Map(_, entry), Value::Object(object)) => {
            text.push('{');
            for (index, (key, value)) in object.iter().enumerate() {
                // Writing to a String does not fail.
                let _ = write!(text, "{}{key}=", if index == 0 { "" } else { ", " });
                print(value, entry, text);
            }
            text.push('}');
        }
        (Kind::Structure(members), Value::Object(object)) => {
            text.push('{');
            let mut comma = "";
            for member in members {
                if let Some(value) = object.get(&member.name) {
                    let _ = write!(text, "{comma}{}=", member.name);
                    print(value, &member.shape, text);
                    comma = ", ";
                }
            }
            text.push('}');
        }
        _ => {
            let _ = write!(text, "{value}");
        }
    }
}

#[cfg(test)]
mod tests;
