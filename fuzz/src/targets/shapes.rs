//! Requests made along the service model: members that exist, with values that mostly fit and that
//! often mean something in the world.

use arbitrary::Unstructured;
use cognate::model::shapes::{Kind, MODEL, Shape};
use serde_json::{Map, Value, json};

use crate::choice::{below, edited, once_in, one_of, text};
use crate::variables::Variables;
use crate::world::{PASSWORD, lock_world};

/// Requests of one input.
const MAX_REQUESTS: usize = 4;
/// The depth at which only what is required is given.
const MAX_DEPTH: usize = 5;

const USERNAMES: &[&str] = &[
    "ada",
    "bob",
    "eve",
    "ivy",
    "max",
    "Zoë",
    "new",
    "user0@example.com",
];
const ATTRIBUTES: &[&str] = &[
    "email",
    "phone_number",
    "name",
    "sub",
    "email_verified",
    "preferred_username",
    "custom:team",
    "custom:age",
    "custom:vip",
    "custom:since",
    "dev:custom:note",
    "identities",
    "updated_at",
];
const VALUES: &[&str] = &[
    "true",
    "+15551234567",
    "new@example.com",
    "42",
    "2024-01-31",
    "",
    "user0@example.com",
];
const PARAMETERS: &[&str] = &[
    "USERNAME",
    "PASSWORD",
    "SRP_A",
    "REFRESH_TOKEN",
    "SECRET_HASH",
    "NEW_PASSWORD",
    "TIMESTAMP",
    "PASSWORD_CLAIM_SIGNATURE",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "userAttributes.name",
    "DEVICE_KEY",
];
const FILTERS: &[&str] = &[
    "name ^= \"a\"",
    "email = \"user0@example.com\"",
    "status = \"Enabled\"",
    "cognito:user_status = \"CONFIRMED\"",
];

pub(crate) fn run(data: &[u8]) {
    let world = lock_world();
    let mut variables = world.variables.clone();
    let mut input = Unstructured::new(data);
    let operations = world.operations();
    let mut pools = 0;
    for _ in 0..MAX_REQUESTS {
        if input.is_empty() {
            return;
        }
        let operation = *one_of(&mut input, &operations);
        let Some(shape) = MODEL.operations.get(operation) else {
            continue;
        };
        pools += usize::from(operation == "CreateUserPool");
        if operation == "CreateUserPool" && pools > 1 {
            continue;
        }
        variables.set("Code", "");
        if operation.contains("Confirm") || operation.contains("Verify") {
            variables.set("Code", world.newest_code());
        }
        let body = value(&mut input, &shape.input, "", &variables, 0);
        let answer = world.call(operation, body.to_string().into_bytes());
        if answer.is_ok() {
            variables.learn(&answer.body);
        }
    }
}

/// A value of the shape; `member` is the name it stands under.
fn value(
    input: &mut Unstructured<'_>,
    shape: &Shape,
    member: &str,
    variables: &Variables,
    depth: usize,
) -> Value {
    if once_in(input, 64) {
        return wrong(input);
    }
    match &shape.kind {
        Kind::Structure(members) => {
            let mut object = Map::new();
            for member in members {
                let given = if member.required {
                    !once_in(input, 32)
                } else {
                    depth < MAX_DEPTH && once_in(input, 3)
                };
                if given {
                    let value = value(input, &member.shape, &member.name, variables, depth + 1);
                    object.insert(member.name.clone(), value);
                }
            }
            Value::Object(object)
        }
        Kind::List(element) => (0..below(input, 4))
            .map(|_| value(input, element, member, variables, depth + 1))
            .collect(),
        Kind::Map(_, element) => {
            let mut object = Map::new();
            for _ in 0..below(input, 5) {
                let key = match once_in(input, 8) {
                    true => text(input),
                    false => (*one_of(input, PARAMETERS)).to_owned(),
                };
                let value = value(input, element, &key, variables, depth + 1);
                object.insert(key, value);
            }
            Value::Object(object)
        }
        Kind::String => Value::String(string(input, shape, member, variables)),
        Kind::Integer | Kind::Long => number(input, shape),
        Kind::Double | Kind::Timestamp => json!(input.arbitrary::<f64>().unwrap_or_default()),
        Kind::Boolean => json!(once_in(input, 2)),
        Kind::Blob => json!("AAAA"),
        Kind::Document => json!({ "any": [1, null] }),
    }
}

fn wrong(input: &mut Unstructured<'_>) -> Value {
    let wrong = [
        Value::Null,
        json!([]),
        json!({}),
        json!(-1),
        json!(1.5),
        json!(true),
        json!("text"),
        json!(i64::MAX),
        json!([[null]]),
    ];
    one_of(input, &wrong).clone()
}

fn number(input: &mut Unstructured<'_>, shape: &Shape) -> Value {
    let (min, max) = (shape.min.unwrap_or(0), shape.max.unwrap_or(60));
    match below(input, 8) {
        0 => json!(min),
        1 => json!(max),
        2 => json!(input.arbitrary::<i64>().unwrap_or_default()),
        3 => json!(input.arbitrary::<i32>().unwrap_or_default()),
        _ => json!(input.int_in_range(min..=max.max(min)).unwrap_or(min)),
    }
}

fn string(
    input: &mut Unstructured<'_>,
    shape: &Shape,
    member: &str,
    variables: &Variables,
) -> String {
    if !shape.values.is_empty() && !once_in(input, 16) {
        return one_of(input, &shape.values).clone();
    }
    let known = known(input, member, variables);
    match (below(input, 16), known) {
        (0, _) | (_, None) => text(input),
        (1, Some(known)) => edited(input, &known),
        (2, _) => {
            let longest = usize::try_from(shape.max.unwrap_or(64))
                .unwrap_or(64)
                .min(3_000);
            let longer = usize::from(once_in(input, 2));
            one_of(input, &["a", "é", "\u{1f600}", "\\", "\""]).repeat(longest + longer)
        }
        (_, Some(known)) => known,
    }
}

/// A value that means something where a member of this name stands.
fn known(input: &mut Unstructured<'_>, member: &str, variables: &Variables) -> Option<String> {
    let any = |input: &mut Unstructured<'_>, options: &[&str]| {
        let chosen = *one_of(input, options);
        match chosen.strip_prefix('$') {
            Some(name) => variables.get(name).to_owned(),
            None => chosen.to_owned(),
        }
    };
    Some(match member {
        "UserPoolId" => any(input, &["$Pool", "$UserPoolId", "us-east-1_Unknown00"]),
        "ClientId" => any(input, &["$Client", "$SecretClient", "$ClientId"]),
        "AccessToken" => any(input, &["$Access", "$Id", "$AccessToken"]),
        "RefreshToken" | "REFRESH_TOKEN" | "Token" => {
            any(input, &["$Refresh", "$RefreshToken", "$Access"])
        }
        "Session" => any(input, &["$NewPasswordSession", "$Session", "$Page"]),
        "PaginationToken" | "NextToken" => any(input, &["$Page", "$PaginationToken", "$NextToken"]),
        "SecretHash" | "SECRET_HASH" => any(input, &["$SecretHash", "AAAA"]),
        "ConfirmationCode" | "Code" => any(input, &["$Code", "000000"]),
        "Username" | "USERNAME" => any(input, USERNAMES),
        "Password" | "PASSWORD" | "NEW_PASSWORD" | "ProposedPassword" | "PreviousPassword"
        | "TemporaryPassword" => any(input, &[PASSWORD, "Other-Passw0rd", "short"]),
        "Name" | "AttributeName" | "UserAttributeNames" | "AttributesToGet" | "ReadAttributes"
        | "WriteAttributes" => any(input, ATTRIBUTES),
        "Value" => any(input, VALUES),
        "Filter" => any(input, FILTERS),
        "MinLength" | "MaxLength" | "MinValue" | "MaxValue" => any(input, &["0", "10", "2048"]),
        "EmailMessage" | "SMSMessage" | "SmsMessage" => {
            any(input, &["{####}", "{username} {####}"])
        }
        _ => return None,
    })
}
