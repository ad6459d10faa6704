//! Signing in at a pool's domain, and the codes and tokens that come of it (domain 2, 3, 5, 7, 8 and 10).

mod codes;
mod confirmation_links;
mod error_pages;
mod first_factors;
mod first_page;
mod foreign_cookies;
mod forged_forms;
mod forgot_password;
mod levels;
mod logout;
mod looks;
mod page_routes;
mod pages;
mod passkeys;
mod preview;
mod scopes;
mod session_life;
mod sessions;
mod set_up;
mod sign_in;
mod sign_up;
mod sign_up_rules;
mod tokens;
mod triggers;
mod unfinished;

use serde_json::json;

use crate::support::Pool;

/// The name of a provider beside the pool itself.
const CORPORATE: &str = "Corporate";

/// Gives the pool a provider of this name, at which nobody can sign in.
async fn corporate_provider(pool: &Pool) {
    let provider = json!({
        "ProviderName": CORPORATE, "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "ours", "attributes_request_method": "GET", "authorize_scopes": "openid",
            "oidc_issuer": "https://idp.example.com",
        },
    });
    pool.admin("CreateIdentityProvider", provider).await.ok();
}
