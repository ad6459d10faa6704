//! The look of login pages: sections 6.2 and 6.3 of the administrator's page.

mod customization;
mod managed_login;

use serde_json::json;

use crate::support::server::Endpoint;
use crate::support::{Pool, TestServer};

/// A pool that has a domain, whose prefix is `prefix`.
async fn pool_with_domain(server: &TestServer, prefix: &str) -> Pool {
    let endpoint: &Endpoint = server;
    let pool = endpoint.pool(json!({})).await;
    let input = json!({ "Domain": prefix });
    pool.admin("CreateUserPoolDomain", input).await.ok();
    pool
}
