//! Filters of ListUsers, as text or made of a name, an operator and a value.

use arbitrary::Unstructured;
use cognate::domain::user_filter::{Field, UserFilter};
use serde_json::{Value, json};

use crate::choice::{below, once_in, one_of, text};
use crate::world::{World, lock_world};

const NAMES: [(&str, Field); 10] = [
    ("username", Field::Username),
    ("sub", Field::Sub),
    ("email", Field::Email),
    ("phone_number", Field::PhoneNumber),
    ("name", Field::Name),
    ("given_name", Field::GivenName),
    ("family_name", Field::FamilyName),
    ("preferred_username", Field::PreferredUsername),
    ("cognito:user_status", Field::UserStatus),
    ("status", Field::Enabled),
];
const VALUES: &[&str] = &[
    "ada_0%",
    "ada",
    "G\\*?[a-z]",
    "G",
    "Zo",
    "Enabled",
    "confirmed",
    "user0@",
    "%",
    "_",
    "*",
];

pub(crate) fn run(data: &[u8]) {
    match data.split_first() {
        Some((b'T', text)) => check(&String::from_utf8_lossy(text)),
        Some((_, rest)) => {
            let mut input = Unstructured::new(rest);
            let (name, _) = *one_of(&mut input, &NAMES);
            let prefix = once_in(&mut input, 2);
            let mut value = (*one_of(&mut input, VALUES)).to_owned();
            match below(&mut input, 3) {
                0 => {}
                1 => value.push_str(&text(&mut input)),
                _ => value = text(&mut input),
            }
            check(&print(name, prefix, &value));
        }
        None => {}
    }
}

fn print(name: &str, prefix: bool, value: &str) -> String {
    let operator = if prefix { "^=" } else { "=" };
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name} {operator} \"{value}\"")
}

fn check(text: &str) {
    let parsed = UserFilter::parse(text);
    if let Ok(Some(filter)) = &parsed {
        let (name, _) = NAMES
            .iter()
            .find(|(_, field)| *field == filter.field)
            .expect("every field has a name");
        let printed = print(name, filter.prefix, &filter.value);
        assert_eq!(
            UserFilter::parse(&printed),
            Ok(Some(filter.clone())),
            "{text}"
        );
    }
    let world = lock_world();
    let found = users(&world, text);
    match parsed {
        Err(_) => assert_eq!(found, None, "{text}"),
        Ok(filter) => {
            // Longer texts and odd characters are refused before the filter is read.
            let (Some(found), Some(all)) = (found, users(&world, "")) else {
                return;
            };
            let expected = |user: &Value| filter.as_ref().is_none_or(|f| fits(f, user));
            let all = all.into_iter();
            let expected: Vec<Value> = all.filter(|user| expected(user)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}

/// The users that a filter finds; none if it is refused.
fn users(world: &World, filter: &str) -> Option<Vec<Value>> {
    let body = json!({"UserPoolId": world.variables.get("Pool"), "Filter": filter});
    let answer = world.call("ListUsers", body.to_string().into_bytes());
    let mut found = answer.body.get("Users")?.as_array()?.clone();
    // A filter's index gives the order.
    found.sort_by_key(|user| user["Username"].to_string());
    Some(found)
}

/// Whether a user, as ListUsers shows it, passes the filter.
fn fits(filter: &UserFilter, user: &Value) -> bool {
    let member = |name: &str| user.get(name).and_then(Value::as_str).map(str::to_owned);
    let attribute = |name: &str| {
        let attributes = user.get("Attributes")?.as_array()?;
        let entry = attributes.iter().find(|entry| entry["Name"] == name)?;
        entry["Value"].as_str().map(str::to_owned)
    };
    let name = NAMES.iter().find(|(_, field)| *field == filter.field);
    let (name, _) = name.expect("every field has a name");
    let (value, wanted) = match filter.field {
        // The pool ignores the case of usernames, and of e-mail addresses with them.
        Field::Username => (member("Username"), filter.value.to_lowercase()),
        Field::Email => (attribute("email"), filter.value.to_lowercase()),
        Field::PreferredUsername => (attribute(name), filter.value.to_lowercase()),
        Field::UserStatus => (member("UserStatus"), filter.value.to_ascii_uppercase()),
        Field::Enabled => {
            let enabled = user.get("Enabled") == Some(&Value::Bool(true));
            let word = if enabled { "Enabled" } else { "Disabled" };
            (Some(word.to_owned()), filter.value.clone())
        }
        // The case of ASCII letters does not count (behaviour 9.1).
        Field::Sub | Field::PhoneNumber | Field::Name | Field::GivenName | Field::FamilyName => (
            attribute(name).map(|value| value.to_ascii_lowercase()),
            filter.value.to_ascii_lowercase(),
        ),
    };
    let lower = matches!(filter.field, Field::Username);
    let value = value.map(|value| if lower { value.to_lowercase() } else { value });
    value.is_some_and(|value| match filter.prefix {
        true => value.starts_with(&wanted),
        false => value == wanted,
    })
}
