//! Identity providers: section 4 of the administrator's page.

mod certificate;
mod clients;
mod links;
mod local_accounts;
mod manage;
mod origins;
mod secrets;
mod types;

use serde_json::{Value, json};

use crate::support::pools::laid_over;
use crate::support::{Answer, Pool};

async fn call(pool: &Pool, operation: &str, name: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "ProviderName": name }), input);
    pool.admin(operation, input).await
}

/// Makes a provider of this type with these details; `input` is laid over that.
async fn create(pool: &Pool, name: &str, type_: &str, details: Value, input: Value) -> Answer {
    let base = json!({ "ProviderType": type_, "ProviderDetails": details });
    call(pool, "CreateIdentityProvider", name, laid_over(base, input)).await
}

/// Makes an OpenID Connect provider.
async fn create_oidc(pool: &Pool, name: &str, input: Value) -> Answer {
    create(pool, name, "OIDC", oidc(), input).await
}

async fn describe(pool: &Pool, name: &str) -> Answer {
    call(pool, "DescribeIdentityProvider", name, json!({})).await
}

async fn update(pool: &Pool, name: &str, input: Value) -> Answer {
    call(pool, "UpdateIdentityProvider", name, input).await
}

#[track_caller]
fn is_unknown(answer: &Answer, name: &str) {
    let text = format!("Identity provider {name} does not exist.");
    answer.fails("ResourceNotFoundException", &text);
}

/// All that an OpenID Connect provider needs.
fn oidc() -> Value {
    json!({
        "client_id": "our-client",
        "attributes_request_method": "GET",
        "authorize_scopes": "openid email",
        "oidc_issuer": "https://idp.example.com",
    })
}

/// All that most social providers need.
fn social() -> Value {
    json!({ "client_id": "our-client", "client_secret": "their-secret", "authorize_scopes": "email" })
}
