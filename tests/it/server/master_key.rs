//! A server refuses to start under a master key that is not the database's, and a new key replaces
//! the former without loss.

use std::net::SocketAddr;

use cognate::config::Config;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::PASSWORD;
use crate::support::process::free_port;
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::sign_up::confirm_sign_up;
use crate::support::users::{confirmed_user, invited_user};
use crate::support::{Pool, SrpClient};
use crate::support::{TestServer, TestStore, application, both_stores};

fn key(digit: &str) -> String {
    digit.repeat(64)
}

fn with(current: &str, previous: &[&str]) -> impl FnOnce(&mut Config) + use<> {
    let current = key(current);
    let previous: Vec<_> = previous.iter().map(|digit| key(digit).into()).collect();
    move |config| {
        config.secrets.master_key = Some(current.into());
        config.secrets.previous_master_keys = previous;
    }
}

async fn starts(store: &TestStore, current: &str, previous: &[&str]) {
    TestServer::start(store, with(current, previous))
        .await
        .stop()
        .await;
}

async fn is_refused(store: &TestStore, current: &str, previous: &[&str]) {
    let mut config = application::test_config(store);
    with(current, previous)(&mut config);
    let error = application::refusal(config).await;
    assert!(error.contains("another master key"), "{error}");
    for place in ["secrets.master_key", "secrets.previous_master_keys"] {
        assert!(error.contains(place), "{error}");
    }
    assert!(!error.contains(&key(current)), "{error}");
}

const TEMPORARY: &str = "T3mporary-Horse!";

fn verified(address: &str) -> Value {
    json!({ "email": address, "email_verified": "true" })
}

both_stores! {
    /// The first start decides; a server with another key refuses to start, and names the settings.
    async fn a_wrong_key_is_refused(store: TestStore) {
        starts(&store, "1", &[]).await;
        is_refused(&store, "2", &[]).await;
        is_refused(&store, "2", &["3"]).await;
        starts(&store, "1", &[]).await;
    }

    /// A change of keys: the database follows, and the former key alone is refused from then on.
    async fn a_new_key_replaces_the_former(store: TestStore) {
        starts(&store, "1", &[]).await;
        // Every node learns the new key before one uses it.
        starts(&store, "1", &["2"]).await;
        starts(&store, "2", &["3", "1"]).await;
        is_refused(&store, "1", &[]).await;
        starts(&store, "1", &["2"]).await;
        starts(&store, "2", &["1"]).await;
        starts(&store, "2", &[]).await;
    }

    /// What was sealed and hashed under the former master key is accepted under the new one.
    async fn what_the_former_key_sealed_works_under_the_new_one(store: TestStore) {
        let (former, new) = ("11".repeat(32), "22".repeat(32));
        let key = |hex: &str| SecretString::from(hex.to_owned());
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let under_former = |config: &mut Config| {
            config.server.listen = address;
            config.secrets.master_key = Some(key(&former));
        };
        let server = TestServer::start(&store, under_former).await;
        let pool: Pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        confirmed_user(&pool, "ada", verified("ada@example.com")).await;
        invited_user(&pool, "carol", TEMPORARY, json!({})).await;
        let app = pool.client(json!({ "GenerateSecret": true })).await;
        let tokens = app.sign_in("ada").await;
        app.sign_up("bob", json!({ "email": "bob@example.com" })).await.ok();
        let bobs = server.inbox("bob@example.com").code().await;
        forgot_password(&app, "ada").await.ok();
        let adas = server.inbox("ada@example.com").code().await;
        let open = SrpClient::new();
        let verifier = open.initiate(&app, "ada").await.ok();
        let carols = app.initiate("carol", TEMPORARY).await.ok();
        server.stop().await;

        // On the same port, so that the application goes on as if nothing had happened.
        let server = TestServer::start(&store, |config| {
            config.server.listen = address;
            config.secrets.master_key = Some(key(&new));
            config.secrets.previous_master_keys = vec![key(&former)];
        }).await;

        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
        tokens_of(app.refresh(&tokens.refresh).await);
        let input = json!({ "ClientId": app.id });
        let described = pool.admin("DescribeUserPoolClient", input).await.ok();
        assert_eq!(described["UserPoolClient"]["ClientSecret"].as_str(), app.secret.as_deref());
        let response = open.response(&app, &verifier, PASSWORD);
        tokens_of(app.call("RespondToAuthChallenge", response).await);
        tokens_of(SrpClient::sign_in(&app, "ada", PASSWORD).await);
        let hash = json!({ "SECRET_HASH": app.secret_hash("carol") });
        tokens_of(choose_password(&app, &carols, PASSWORD, hash).await);
        confirm_sign_up(&app, "bob", &bobs).await.ok();
        app.sign_in("bob").await;
        confirm_forgot_password(&app, "ada", &adas, NEW_PASSWORD).await.ok();
        let renewed = tokens_of(app.initiate("ada", NEW_PASSWORD).await);
        app.with_token("GetUser", &renewed.access, json!({})).await.ok();
        server.stop().await;
    }
}
