//! User pools: what they are made of, how they change, and what is refused (behaviour 2.1 to 2.3,
//! 3.4 and 9).

mod lifecycle;
mod nested_defaults;
mod schema;
mod settings;
mod tiers;

use serde_json::{Value, json};

use crate::support::{Answer, Pool, TestServer};

pub const INVALID: &str = "InvalidParameterException";
pub const NOT_FOUND: &str = "ResourceNotFoundException";

/// The pool as DescribeUserPool shows it.
pub async fn described(pool: &Pool) -> Value {
    pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone()
}

/// The entry of an attribute in `SchemaAttributes`.
#[track_caller]
pub fn attribute<'p>(pool: &'p Value, name: &str) -> &'p Value {
    pool["SchemaAttributes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|attribute| attribute["Name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {pool}"))
}

pub async fn create(server: &TestServer, input: Value) -> Answer {
    let mut input = input;
    input["PoolName"] = json!("test");
    server.admin.call("CreateUserPool", input).await
}

/// CreateUserPool refuses `input` with this text, and makes nothing.
pub async fn refused(server: &TestServer, input: Value, text: &str) {
    create(server, input).await.fails(INVALID, text);
    let pools = server
        .admin
        .call("ListUserPools", json!({ "MaxResults": 60 }))
        .await
        .ok();
    assert_eq!(pools["UserPools"], json!([]));
}
