//! Section 4.1: the claims that come of groups, which the configuration declares.

use std::collections::BTreeMap;

use cognate::config::{DeclaredClient, DeclaredGroup, DeclaredUser, DeclaredUserPool};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{Client, TestServer, TestStore, Tokens, both_stores};

const POOL: &str = "us-east-1_Declared1";
const CLIENT: &str = "declaredclient";
const PASSWORD: &str = "Corr3ct-Horse!";

fn role(name: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{name}")
}

fn group(name: &str, precedence: Option<u32>, role_name: Option<&str>) -> DeclaredGroup {
    DeclaredGroup {
        name: name.to_owned(),
        description: None,
        precedence,
        role_arn: role_name.map(role),
    }
}

fn user(username: &str, groups: &[&str]) -> DeclaredUser {
    DeclaredUser {
        username: username.to_owned(),
        password: Some(SecretString::from(PASSWORD)),
        attributes: BTreeMap::from([("email".to_owned(), format!("{username}@example.com"))]),
        groups: groups.iter().map(|name| (*name).to_owned()).collect(),
        confirmed: true,
    }
}

/// A pool with some groups, and users in none, one and several of them.
fn declared() -> DeclaredUserPool {
    let Value::Object(flows) = json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] }) else {
        unreachable!("an object");
    };
    DeclaredUserPool {
        id: POOL.to_owned(),
        name: "declared".to_owned(),
        settings: serde_json::Map::new(),
        clients: vec![DeclaredClient {
            id: CLIENT.to_owned(),
            name: "declared".to_owned(),
            secret: None,
            settings: flows,
        }],
        groups: vec![
            group("admins", Some(1), Some("admin")),
            group("owners", Some(1), Some("owner")),
            group("editors", Some(5), Some("editor")),
            group("authors", Some(3), Some("author")),
            group("readers", None, None),
        ],
        users: vec![
            user("nobody", &[]),
            user("reader", &["readers"]),
            user("writer", &["editors", "readers", "authors"]),
            user("chief", &["owners", "editors", "admins"]),
        ],
    }
}

async fn start(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| config.user_pools = vec![declared()]).await
}

async fn sign_in(client: &Client, username: &str) -> Tokens {
    let input = json!({
        "ClientId": CLIENT,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": username, "PASSWORD": PASSWORD },
    });
    Tokens::from(&client.call("InitiateAuth", input).await.ok())
}

both_stores! {
    /// A user in no group has no claim about groups.
    async fn a_user_in_no_group_has_no_group_claims(store: TestStore) {
        let server = start(&store).await;
        let tokens = sign_in(&server.client, "nobody").await;
        for claims in [tokens.access_claims(), tokens.id_claims()] {
            for name in ["cognito:groups", "cognito:roles", "cognito:preferred_role"] {
                assert_eq!(claims.get(name), None, "{claims}");
            }
        }
        server.stop().await;
    }

    /// A group without a role gives no claim of roles.
    async fn a_group_without_a_role_adds_no_role(store: TestStore) {
        let server = start(&store).await;
        let tokens = sign_in(&server.client, "reader").await;
        for claims in [tokens.access_claims(), tokens.id_claims()] {
            assert_eq!(claims["cognito:groups"], json!(["readers"]));
            assert_eq!(claims.get("cognito:preferred_role"), None, "{claims}");
        }
        server.stop().await;
    }

    /// Groups come by precedence in both tokens; roles only in the ID token, the preferred one of
    /// the lowest number.
    async fn groups_and_roles_are_listed_by_precedence(store: TestStore) {
        let server = start(&store).await;
        let tokens = sign_in(&server.client, "writer").await;
        let groups = json!(["authors", "editors", "readers"]);
        let (access, id) = (tokens.access_claims(), tokens.id_claims());
        assert_eq!(access["cognito:groups"], groups);
        assert_eq!(id["cognito:groups"], groups);
        for name in ["cognito:roles", "cognito:preferred_role"] {
            assert_eq!(access.get(name), None, "{name}");
        }
        assert_eq!(id["cognito:roles"], json!([role("author"), role("editor")]));
        assert_eq!(id["cognito:preferred_role"], role("author"));
        assert_eq!(id["email"], "writer@example.com");
        server.stop().await;
    }

    /// No role is preferred where two groups share the lowest number.
    async fn equal_precedence_prefers_no_role(store: TestStore) {
        let server = start(&store).await;
        let id = sign_in(&server.client, "chief").await.id_claims();
        let mut roles: Vec<_> = id["cognito:roles"].as_array().unwrap().clone();
        roles.sort_by_key(ToString::to_string);
        assert_eq!(json!(roles), json!([role("admin"), role("editor"), role("owner")]));
        assert_eq!(id.get("cognito:preferred_role"), None, "{id}");
        let groups = id["cognito:groups"].as_array().unwrap();
        assert_eq!((groups.len(), &groups[2]), (3, &json!("editors")), "{id}");
        server.stop().await;
    }
}
