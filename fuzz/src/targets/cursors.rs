//! Pagination tokens: one opens for the list it was made of, and pages join to the whole list.

use arbitrary::Unstructured;
use cognate::crypto::tokens::{open_page_token, seal_page_token};
use serde_json::{Value, json};

use crate::choice::{below, edited, one_of, text};
use crate::world::{World, lock_world};

const FILTERS: &[&str] = &[
    "",
    "name ^= \"\"",
    "status = \"Enabled\"",
    "email ^= \"user\"",
];
const LISTS: &[&str] = &["ListUsers", "ListUserPoolClients", "ListUserPools"];

pub(crate) fn run(data: &[u8]) {
    let world = lock_world();
    let mut input = Unstructured::new(data);
    match below(&mut input, 3) {
        0 => seal(&world, &mut input),
        1 => send(&world, &mut input),
        _ => walk(&world, &mut input),
    }
}

/// Any position comes back, in its own context and in no other.
fn seal(world: &World, input: &mut Unstructured<'_>) {
    let contexts: [Vec<String>; 2] =
        [input.arbitrary(), input.arbitrary()].map(|context| context.unwrap_or_default());
    let [own, other] = contexts
        .each_ref()
        .map(|context| context.iter().map(String::as_str).collect::<Vec<_>>());
    let position = json!({"after": text(input), "number": input.arbitrary::<i64>().ok()});
    let Ok(token) = seal_page_token(&world.app.vault, &own, &position) else {
        assert!(position.to_string().len() > 1000, "it was not too long");
        return;
    };
    let open =
        |context: &[&str], token: &str| open_page_token::<Value>(&world.app.vault, context, token);
    assert_eq!(open(&own, &token), Some(position));
    if own != other {
        assert_eq!(open(&other, &token), None, "{own:?} {other:?}");
    }
    let changed = edited(input, &token);
    if changed != token {
        assert_eq!(open(&own, &changed), None, "{changed}");
    }
}

/// Any text as a token, and a good token for another list.
fn send(world: &World, input: &mut Unstructured<'_>) {
    let good = world.variables.get("Page");
    let token = match below(input, 3) {
        0 => text(input),
        1 => edited(input, good),
        _ => good.to_owned(),
    };
    let operation = *one_of(input, LISTS);
    let filter = *one_of(input, FILTERS);
    let pool = world.variables.get("Pool");
    let body = match operation {
        "ListUsers" => json!({"UserPoolId": pool, "PaginationToken": token, "Filter": filter}),
        "ListUserPools" => json!({"MaxResults": 5, "NextToken": token}),
        _ => json!({"UserPoolId": pool, "NextToken": token}),
    };
    let answer = world.call(operation, body.to_string().into_bytes());
    let right = operation == "ListUsers" && filter.is_empty() && token == good;
    assert_eq!(answer.is_ok(), right, "{operation} {filter}: {token}");
}

/// Pages of any size are the whole list, in its order.
fn walk(world: &World, input: &mut Unstructured<'_>) {
    let filter = *one_of(input, FILTERS);
    let page = |limit: usize, token: Option<&str>| {
        let mut body = json!({
            "UserPoolId": world.variables.get("Pool"), "Filter": filter, "Limit": limit,
        });
        if let (Some(token), Some(body)) = (token, body.as_object_mut()) {
            body.insert("PaginationToken".to_owned(), json!(token));
        }
        let answer = world.call("ListUsers", body.to_string().into_bytes());
        assert!(answer.is_ok(), "{}", answer.body);
        let users = answer.body.pointer("/Users").and_then(Value::as_array);
        let users = users.cloned().unwrap_or_default();
        (users, answer.text("/PaginationToken").map(str::to_owned))
    };
    let (whole, rest) = page(60, None);
    assert_eq!(rest, None);
    let (mut joined, mut token) = (Vec::new(), None);
    loop {
        let limit = 1 + below(input, 8);
        let (users, next) = page(limit, token.as_deref());
        assert!(users.len() <= limit && (next.is_none() || !users.is_empty()));
        joined.extend(users);
        match next {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    assert_eq!(joined, whole, "{filter}");
}
