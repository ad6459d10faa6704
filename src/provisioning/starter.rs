//! The first start of the development profile: a user pool and an app client to begin with, and
//! what a client needs to know of them.

use serde_json::{Map, Value, json};

use super::declared;
use crate::app::App;
use crate::config::{DeclaredClient, DeclaredUserPool};
use crate::crypto::KeyPurpose;
use crate::domain::user_pool::UserPool;
use crate::entropy::{ALPHANUMERIC, LOWER_ALPHANUMERIC};
use crate::store;

/// Pools that the greeting names.
const SHOWN: i64 = 3;

/// In the development profile, creates the starter pool if the configuration asks for one and the store
/// has no pool yet, and returns the greeting for the console. `None` in other profiles.
///
/// # Errors
/// If the store fails.
pub async fn prepare(app: &App) -> anyhow::Result<Option<String>> {
    if !app.config.is_development() {
        return Ok(None);
    }
    let region = &app.config.server.region;
    if app.config.server.starter_pool && pools(app, region).await?.is_empty() {
        declared::apply(app, &app.internal_context(), &[starter(app, region)]).await?;
    }
    greeting(app, region).await.map(Some)
}

async fn pools(app: &App, region: &str) -> store::Result<Vec<UserPool>> {
    store::user_pools::list(&mut app.db.read().await?, region, "", SHOWN).await
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

async fn greeting(app: &App, region: &str) -> anyhow::Result<String> {
    let url = &app.public_url;
    let mut text = format!(
        "\nCognate, development profile\n\n  endpoint    {url}\n  inbox       {url}/_cognate/inbox\n"
    );
    let mut snippet = None;
    for pool in pools(app, region).await? {
        let clients =
            store::user_pool_clients::list(&mut app.db.read().await?, &pool.id, "", SHOWN).await?;
        text += &format!("  user pool   {}  {}\n", pool.id, pool.name);
        for client in clients {
            text += &format!("  app client  {}  {}\n", client.id, client.name);
            snippet.get_or_insert((pool.id.clone(), client.id));
        }
    }
    if let Some((pool, client)) = snippet {
        text += &format!(
            "
  import {{ Amplify }} from 'aws-amplify';
  Amplify.configure({{
    Auth: {{
      Cognito: {{
        userPoolId: '{pool}',
        userPoolClientId: '{client}',
        userPoolEndpoint: '{url}',
      }},
    }},
  }});
"
        );
    }
    Ok(text)
}
