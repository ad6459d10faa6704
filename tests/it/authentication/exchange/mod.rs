//! Tokens that no sign-in issues: an app client's own, and those in exchange for a user's (administration 10.2, 10.3).

use serde_json::{Value, json};

use crate::support::{AppClient, Pool, TestServer};

mod client_tokens;
mod derived_tokens;

/// A pool with the resource servers `orders` and `stock`, each with the scopes `read` and `write`.
async fn pool_with_scopes(server: &TestServer, settings: Value) -> Pool {
    let pool = server.pool(settings).await;
    for identifier in ["orders", "stock"] {
        let scope = |name| json!({ "ScopeName": name, "ScopeDescription": name });
        let input = json!({
            "Identifier": identifier,
            "Name": identifier,
            "Scopes": [scope("read"), scope("write")],
        });
        pool.admin("CreateResourceServer", input).await.ok();
    }
    pool
}

/// A client with a secret, these flows and these scopes.
async fn client_with(pool: &Pool, flows: &[&str], scopes: &[&str]) -> AppClient {
    let settings = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": flows,
        "AllowedOAuthScopes": scopes,
    });
    pool.client(settings).await
}

/// A client that may have a token of its own.
async fn machine(pool: &Pool, scopes: &[&str]) -> AppClient {
    client_with(pool, &["ALLOW_CLIENT_TOKEN_AUTH"], scopes).await
}
