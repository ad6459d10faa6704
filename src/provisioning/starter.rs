//! The first start of the development profile: a user pool, an app client and a domain to begin with.

use serde_json::{Map, Value, json};

use super::declared;
use crate::app::App;
use crate::config::{DeclaredClient, DeclaredUserPool};
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::managed_login_branding::BrandingRequest;
use crate::domain::pool_domain::DomainRequest;
use crate::entropy::{ALPHANUMERIC, LOWER_ALPHANUMERIC};
use crate::flows::{self, domains, managed_login_branding};
use crate::store;

/// Where a developer's application is, most often: the ports of create-next-app and of Vite.
const APPLICATIONS: [&str; 2] = ["http://localhost:3000/", "http://localhost:5173/"];

/// In the development profile, creates the starter pool if the configuration asks for one and the region
/// has no pool yet.
///
/// # Errors
/// If the store fails.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    let region = &app.config.server.region;
    if app.config.is_development()
        && app.config.server.starter_pool
        && store::user_pools::count(&mut app.db.read().await?, region).await? == 0
    {
        let context = app.internal_context();
        let pool = starter(app, region);
        declared::apply(app, &context, std::slice::from_ref(&pool)).await?;
        for client in &pool.clients {
            add_pages(app, &context, (&pool.id, &client.id)).await?;
        }
    }
    Ok(())
}

/// Gives the pool a domain with the pages of managed login, in our own style. Another node may have done so at the same
/// time.
async fn add_pages(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
) -> anyhow::Result<()> {
    let domain = DomainRequest {
        managed_login_version: Some(2),
        ..DomainRequest::default()
    };
    // Domains are unique in a store, and pools move from one to another.
    let prefix = format!(
        "starter-{}",
        id(app, "starter domain", LOWER_ALPHANUMERIC, 6)
    );
    unless_refused(domains::create(app, context, pool_id, &prefix, domain).await)?;
    let branding = BrandingRequest {
        use_defaults: Some(true),
        ..BrandingRequest::default()
    };
    let client = (pool_id, client_id);
    unless_refused(managed_login_branding::create(app, context, client, branding).await)
}

/// A refusal means that there is one already.
fn unless_refused<T>(result: flows::Result<T>) -> anyhow::Result<()> {
    match result {
        Ok(_) | Err(flows::Error::Refused(_)) => Ok(()),
        Err(error) => Err(anyhow::anyhow!("{error:?}")),
    }
}

/// Users sign up with their e-mail address, as in an Amplify app's defaults. The ids follow from the
/// master key, so that nodes which start at the same time create one pool and not several.
fn starter(app: &App, region: &str) -> DeclaredUserPool {
    DeclaredUserPool {
        id: format!("{region}_{}", id(app, "starter pool", ALPHANUMERIC, 9)),
        name: "starter".to_owned(),
        settings: members(json!({
            "UsernameAttributes": ["email"],
            "AutoVerifiedAttributes": ["email"],
            "UsernameConfiguration": { "CaseSensitive": false },
        })),
        clients: vec![DeclaredClient {
            id: id(app, "starter client", LOWER_ALPHANUMERIC, 26),
            name: "starter".to_owned(),
            secret: None,
            settings: members(json!({
                "ExplicitAuthFlows": [
                    "ALLOW_USER_SRP_AUTH",
                    "ALLOW_USER_PASSWORD_AUTH",
                    "ALLOW_REFRESH_TOKEN_AUTH",
                ],
                "SupportedIdentityProviders": ["COGNITO"],
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
                "CallbackURLs": APPLICATIONS,
                "LogoutURLs": APPLICATIONS,
            })),
        }],
        groups: Vec::new(),
        users: Vec::new(),
    }
}

fn id(app: &App, of: &str, alphabet: &[u8], length: usize) -> String {
    let hash = app
        .vault
        .keyed_hash(KeyPurpose::StarterId, &[of.as_bytes()]);
    let character = |byte: &u8| {
        alphabet
            .get(usize::from(*byte) % alphabet.len().max(1))
            .copied()
    };
    hash.iter()
        .filter_map(character)
        .take(length)
        .map(char::from)
        .collect()
}

fn members(settings: Value) -> Map<String, Value> {
    if let Value::Object(members) = settings {
        members
    } else {
        Map::new()
    }
}
