//! Checks the settings of a declared pool or client against the model, in the words of the configuration:
//! every problem has the key of the value that it is about.

use serde_json::Value;

use super::problems::Problem;
use crate::config::unknown_name;
use crate::model::shapes::{Kind, Shape};
use crate::protocol::validation::{Constraint, broken};

/// Every value below `key` that is not what `shape`, an operation's input, has there. Members that the
/// model does not know are problems too: the API ignores them, but in a file they are misspelt.
pub(super) fn problems(settings: &Value, shape: &Shape, key: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    check(settings, shape, key, &mut problems);
    problems
}

/// The depth of the recursion is bounded by the shapes of the model, not by the value.
fn check(value: &Value, shape: &Shape, key: &str, problems: &mut Vec<Problem>) {
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            for (name, value) in object {
                let key = format!("{key}.{name}");
                match members.iter().find(|member| member.name == *name) {
                    Some(member) => check(value, &member.shape, &key, problems),
                    None => {
                        let known: Vec<&str> =
                            members.iter().map(|member| member.name.as_str()).collect();
                        let text = unknown_name("member", name, &known);
                        problems.push(Problem { key, text });
                    }
                }
            }
            for member in members {
                if member.required && !object.contains_key(&member.name) {
                    let text = format!("missing: {}", member.name);
                    let key = key.to_owned();
                    problems.push(Problem { key, text });
                }
            }
        }
        (Kind::List(element), Value::Array(elements)) => {
            for (index, value) in elements.iter().enumerate() {
                check(value, element, &format!("{key}[{index}]"), problems);
            }
        }
        (Kind::Map(_, entry), Value::Object(object)) => {
            for (name, value) in object {
                check(value, entry, &format!("{key}.{name}"), problems);
            }
        }
        (kind, value) if !has_type(kind, value) => {
            let text = format!("expected {}", type_name(kind));
            let key = key.to_owned();
            problems.push(Problem { key, text });
            return;
        }
        _ => {}
    }
    // One at a time: what is too short breaks the pattern as well.
    problems.extend(broken(value, shape).first().map(|constraint| Problem {
        key: key.to_owned(),
        text: expected(constraint),
    }));
}

/// Whether `value` may stand for a plain shape of this kind.
fn has_type(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Structure(_) | Kind::Map(..) => value.is_object(),
        Kind::List(_) => value.is_array(),
        Kind::String | Kind::Blob => value.is_string(),
        Kind::Integer => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Kind::Long => value.is_i64(),
        Kind::Double | Kind::Timestamp => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Document => true,
    }
}

fn type_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) | Kind::Map(..) => "a table",
        Kind::List(_) => "a list",
        Kind::String => "a text",
        Kind::Blob => "bytes in base64",
        Kind::Integer | Kind::Long => "a whole number",
        Kind::Double | Kind::Timestamp => "a number",
        Kind::Boolean => "true or false",
        Kind::Document => "any value",
    }
}

/// What the constraint asks for.
fn expected(constraint: &Constraint<'_>) -> String {
    let of = |measure: &str| {
        if measure == "length" {
            "a length of "
        } else {
            ""
        }
    };
    match constraint {
        Constraint::Least(measure, min) => format!("expected {}at least {min}", of(measure)),
        Constraint::Greatest(measure, max) => format!("expected {}at most {max}", of(measure)),
        Constraint::Pattern(pattern) => {
            format!("expected a text that matches the pattern {pattern}")
        }
        Constraint::Values(values) => format!("expected one of {}", values.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::shapes::MODEL;

    #[test]
    fn each_problem_has_its_key_and_says_what_is_expected() {
        let settings = json!({
            "PoolName": "team",
            "MfaConfiguration": "SOMETIMES",
            "AutoVerified": ["email"],
            "AliasAttributes": "email",
            "Policies": { "PasswordPolicy": { "MinimumLength": 5, "RequireNumbers": "yes" } },
            "Schema": [{ "Name": "team" }, { "Name": "" , "Mutabel": true }],
            "UserPoolTags": { "a": 1 },
        });
        let shape = &MODEL.operations["CreateUserPool"].input;
        let mut found: Vec<String> = problems(&settings, shape, "user_pools[0].settings")
            .into_iter()
            .map(|problem| problem.to_string().replace("user_pools[0].settings.", ""))
            .collect();
        found.sort();
        assert_eq!(
            found,
            [
                "AliasAttributes: expected a list",
                "AutoVerified: unknown member `AutoVerified`; did you mean \
                 `AutoVerifiedAttributes`?",
                "MfaConfiguration: expected one of OFF, ON, OPTIONAL",
                "Policies.PasswordPolicy.MinimumLength: expected at least 6",
                "Policies.PasswordPolicy.RequireNumbers: expected true or false",
                "Schema[1].Mutabel: unknown member `Mutabel`; did you mean `Mutable`?",
                "Schema[1].Name: expected a text that matches the pattern \
                 [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
                "UserPoolTags.a: expected a text",
            ]
        );
    }
}
