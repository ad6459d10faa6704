//! The scopes that app clients may name.

use serde_json::{Value, json};

use super::{ORDERS, call, create, scopes};
use crate::support::{Answer, AppClient, Pool, TestServer, both_stores};

fn allowing(scopes: &[&str]) -> Value {
    json!({ "AllowedOAuthScopes": scopes })
}

async fn described(app: &AppClient) -> Value {
    let input = json!({ "ClientId": app.id });
    app.pool.admin("DescribeUserPoolClient", input).await.ok()["UserPoolClient"].clone()
}

async fn create_client(pool: &Pool, scopes: &[&str]) -> Answer {
    let mut input = allowing(scopes);
    input["ClientName"] = json!("another");
    pool.admin("CreateUserPoolClient", input).await
}

async fn update(app: &AppClient, scopes: &[&str]) -> Answer {
    let mut input = allowing(scopes);
    input["ClientId"] = json!(app.id);
    app.pool.admin("UpdateUserPoolClient", input).await
}

#[track_caller]
fn is_unknown(answer: &Answer, scope: &str) {
    let text = format!("Invalid scope requested: {scope}");
    answer.fails("ScopeDoesNotExistException", &text);
}

both_stores! {
    /// The five scopes of every pool, and those of its resource servers.
    async fn a_client_names_scopes_that_there_are(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, ORDERS, json!({ "Scopes": scopes(&["read", "write"]) })).await.ok();
        create(&pool, "bills", json!({ "Scopes": scopes(&["read"]) })).await.ok();
        let read = format!("{ORDERS}/read");
        let write = format!("{ORDERS}/write");
        let all = [
            "openid", "email", "phone", "profile", "aws.cognito.signin.user.admin", &write, &read,
            "bills/read",
        ];
        let app = pool.client(allowing(&all)).await;
        assert_eq!(app.created["AllowedOAuthScopes"], json!(all));
        assert_eq!(described(&app).await["AllowedOAuthScopes"], json!(all));
        update(&app, &["bills/read"]).await.ok();
        assert_eq!(described(&app).await["AllowedOAuthScopes"], json!(["bills/read"]));
    }

    /// The first that there is not is named, and nothing changes.
    async fn a_client_names_no_other_scope(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        create(&pool, "bills", json!({ "Scopes": scopes(&["read"]) })).await.ok();
        create(&other, "orders", json!({ "Scopes": scopes(&["read"]) })).await.ok();
        let app = pool.client(allowing(&["openid", "bills/read"])).await;
        for scope in [
            "bills/write", "bills/Read", "orders/read", "bills", "bills/", "read", "Cognito", "/read",
            "OpenID", "bills/read/",
        ] {
            is_unknown(&update(&app, &["openid", "bills/read", scope, "worse"]).await, scope);
            is_unknown(&create_client(&pool, &["email", scope]).await, scope);
        }
        assert_eq!(described(&app).await, app.created);
        let list = pool.admin("ListUserPoolClients", json!({})).await.ok();
        assert_eq!(list["UserPoolClients"].as_array().unwrap().len(), 1);
    }

    /// A client keeps the name of a scope that is gone, until its next update, which has to leave it out.
    async fn a_client_keeps_a_scope_that_is_gone(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, "bills", json!({ "Scopes": scopes(&["read", "write"]) })).await.ok();
        let named = ["bills/read", "bills/write"];
        let app = pool.client(allowing(&named)).await;
        let without = json!({ "Name": "Bills", "Scopes": scopes(&["read"]) });
        call(&pool, "UpdateResourceServer", "bills", without).await.ok();
        assert_eq!(described(&app).await, app.created);
        is_unknown(&update(&app, &named).await, "bills/write");
        call(&pool, "DeleteResourceServer", "bills", json!({})).await.ok();
        assert_eq!(described(&app).await, app.created);
        is_unknown(&update(&app, &named).await, "bills/read");
        create(&pool, "bills", json!({ "Scopes": scopes(&["write", "read"]) })).await.ok();
        update(&app, &named).await.ok();
        assert_eq!(described(&app).await["AllowedOAuthScopes"], json!(named));
    }
}
