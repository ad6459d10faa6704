//! Resource servers and the scopes that app clients name: section 5 of the administrator's page.

mod manage;
mod scopes;

use serde_json::{Value, json};

use crate::support::pools::laid_over;
use crate::support::{Answer, Pool};

const ORDERS: &str = "https://orders.example.com";

async fn call(pool: &Pool, operation: &str, identifier: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "Identifier": identifier }), input);
    pool.admin(operation, input).await
}

async fn create(pool: &Pool, identifier: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "Name": "Orders" }), input);
    call(pool, "CreateResourceServer", identifier, input).await
}

async fn describe(pool: &Pool, identifier: &str) -> Answer {
    call(pool, "DescribeResourceServer", identifier, json!({})).await
}

#[track_caller]
fn is_unknown(answer: &Answer, identifier: &str) {
    let text = format!("Resource server {identifier} does not exist.");
    answer.fails("ResourceNotFoundException", &text);
}

/// Scopes of these names.
fn scopes(names: &[&str]) -> Value {
    let scope = |name: &&str| {
        json!({
            "ScopeName": name,
            "ScopeDescription": format!("To {name}"),
        })
    };
    names.iter().map(scope).collect()
}
