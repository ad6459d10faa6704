//! The first start of the development profile: a user pool and an app client to begin with.

use serde_json::{Map, Value, json};

use super::declared;
use crate::app::App;
use crate::config::{DeclaredClient, DeclaredUserPool};
use crate::crypto::KeyPurpose;
use crate::entropy::{ALPHANUMERIC, LOWER_ALPHANUMERIC};
use crate::store;

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
        declared::apply(app, &app.internal_context(), &[starter(app, region)]).await?;
    }
    Ok(())
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
