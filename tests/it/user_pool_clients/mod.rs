//! App clients: what they are made of, how they change, and what is refused (behaviour 2.3, 2.5,
//! 4.4, 4.5, 5.2 and 9, domain 9).

mod lifecycle;
mod oauth;
mod secrets;
mod settings;

use serde_json::{Value, json};

use crate::support::{Answer, AppClient, Pool};

pub const INVALID: &str = "InvalidParameterException";
pub const NOT_FOUND: &str = "ResourceNotFoundException";

pub async fn create(pool: &Pool, mut input: Value) -> Answer {
    input["ClientName"] = json!("test");
    pool.admin("CreateUserPoolClient", input).await
}

/// The client as DescribeUserPoolClient shows it.
pub async fn described(app: &AppClient) -> Value {
    let input = json!({ "ClientId": app.id });
    app.pool.admin("DescribeUserPoolClient", input).await.ok()["UserPoolClient"].clone()
}

pub async fn update(app: &AppClient, mut input: Value) -> Answer {
    input["ClientId"] = json!(app.id);
    app.pool.admin("UpdateUserPoolClient", input).await
}

/// A client made with nothing but a name.
pub async fn plain(pool: &Pool) -> AppClient {
    pool.client(json!({ "ExplicitAuthFlows": null })).await
}

/// Both CreateUserPoolClient and UpdateUserPoolClient refuse `input`, and change nothing.
pub async fn refused(app: &AppClient, input: Value, text: &str) {
    refused_with(app, input, INVALID, text).await;
}

/// The same with an error of this type. A new client would have a secret if `app` has one.
pub async fn refused_with(app: &AppClient, input: Value, kind: &str, text: &str) {
    let before = described(app).await;
    let mut new = input.clone();
    new["GenerateSecret"] = json!(app.secret.is_some());
    create(&app.pool, new).await.fails(kind, text);
    update(app, input).await.fails(kind, text);
    assert_eq!(described(app).await, before);
    let list = app.pool.admin("ListUserPoolClients", json!({})).await.ok();
    assert_eq!(list["UserPoolClients"].as_array().unwrap().len(), 1);
}
