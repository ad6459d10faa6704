//! A change of the master key: everything is sealed anew, and a key that is still needed is missed.

use std::sync::Arc;
use std::time::Duration;

use cognate::app::App;
use cognate::jobs::{self, Job, JobRunner};
use cognate::store::sealed_credentials;
use serde_json::json;

use super::{count, key, key_id, keys, until_none, with_keys};
use crate::support::application::{open_app, refusal, test_config};
use crate::support::devices::{client_with_devices, confirmed_device};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::sign_in::tokens_of;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, SrpClient, TestServer, TestStore, both_stores, wait};

const SECOND_SECRET: &str = "theSecondSecretOfTheClient12";
/// More than one batch of users.
const USERS: usize = 120;

async fn app(store: &TestStore, current: &str, previous: &[&str]) -> Arc<App> {
    let mut config = test_config(store);
    with_keys(current, previous)(&mut config);
    open_app(config).await
}

fn job(name: &str) -> Job {
    *jobs::ALL.iter().find(|job| job.name == name).unwrap()
}

/// Rows of users whose verifier is under the master key that `app` has as its current one.
fn users_under(app: &App) -> String {
    let id = app.vault.current_key().to_string();
    let bytes = match app.db.kind() {
        "sqlite" => format!("x'{id}'"),
        _ => format!("'\\x{id}'::bytea"),
    };
    format!("users WHERE substr(srp_verifier, 2, 4) = {bytes}")
}

both_stores! {
    /// Rows follow the new key in the background, `keys status` says so, and the former key can go.
    async fn everything_is_sealed_anew_in_the_background(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let client = pool.client(json!({ "GenerateSecret": true })).await;
        let second = json!({ "ClientId": client.id, "ClientSecret": SECOND_SECRET });
        pool.admin("AddUserPoolClientSecret", second).await.ok();
        confirmed_device(&client_with_devices(&server, false).await, "ada").await;
        let provider = json!({
            "ProviderName": "Google",
            "ProviderType": "Google",
            "ProviderDetails": {
                "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "email",
            },
        });
        pool.admin("CreateIdentityProvider", provider).await.ok();
        let said = keys(&store, &["status"], "1", &[]).await;
        assert_eq!(said.status, 0, "{}{}", said.out, said.error);
        assert!(said.out.contains("SRP verifiers"), "{}", said.out);
        assert!(said.out.contains("SRP verifiers of devices"), "{}", said.out);
        assert!(!said.out.contains("previous"), "{}", said.out);
        server.stop().await;
        let create = ["access", "create", "--name", "ci", "--policy", "full-access"];
        let made = keys(&store, &create, "1", &[]).await;
        assert_eq!(made.status, 0, "{}", made.error);

        // No server has used the new key yet.
        let said = keys(&store, &["status"], "2", &["1"]).await;
        assert_eq!(said.status, 3, "{}{}", said.out, said.error);
        assert!(said.out.contains("previous") && said.out.contains("NEEDED"), "{}", said.out);

        let server = TestServer::start(&store, with_keys("2", &["1"])).await;
        let former = key_id(&store, "1");
        for table in ["users WHERE substr(srp_verifier, 2, 4)",
                      "devices WHERE substr(srp_verifier, 2, 4)",
                      "identity_providers WHERE substr(secrets, 2, 4)",
                      "access_keys WHERE substr(secret, 2, 4)",
                      "user_pool_clients WHERE substr(secret, 2, 4)",
                      "user_pool_clients WHERE substr(second_secret, 2, 4)",
                      "signing_keys WHERE substr(private_key, 2, 4)"] {
            until_none(&store, &format!("{table} = {former}")).await;
        }
        let said = keys(&store, &["status"], "2", &["1"]).await;
        // Refresh tokens may have been made a moment ago.
        assert_eq!(said.status, 3, "{}", said.out);
        assert!(said.out.contains("a server used it"), "{}", said.out);
        server.stop().await;

        let server = TestServer::start(&store, with_keys("2", &[])).await;
        let value = |name: &str| made.out.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let admin = server
            .admin
            .with_keys(value("AWS_ACCESS_KEY_ID="), value("AWS_SECRET_ACCESS_KEY="));
        let app = client.at(&server);
        tokens_of(app.initiate("ada", PASSWORD).await);
        tokens_of(SrpClient::sign_in(&app, "ada", PASSWORD).await);
        let input = json!({ "UserPoolId": pool.id, "ClientId": app.id });
        let described = admin.call("DescribeUserPoolClient", input).await.ok();
        assert_eq!(described["UserPoolClient"]["ClientSecret"].as_str(), app.secret.as_deref());
        let second = AppClient { secret: Some(SECOND_SECRET.to_owned()), ..app.clone() };
        tokens_of(second.initiate("ada", PASSWORD).await);
        let input = json!({ "UserPoolId": pool.id, "ProviderName": "Google" });
        let described = admin.call("DescribeIdentityProvider", input).await.ok();
        let details = &described["IdentityProvider"]["ProviderDetails"];
        assert_eq!(details["client_secret"], "theirs");
        server.stop().await;
        let said = keys(&store, &["status"], "2", &[]).await;
        assert_eq!(said.status, 0, "{}", said.out);
    }

    /// Without a key that rows need, a server does not start, and says which rows; unless it is told to.
    async fn a_start_without_a_key_that_rows_need_is_refused(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        server.stop().await;
        // The value that is checked first follows the new key at once; the rows do not, as no job runs.
        let exchanged = app(&store, "2", &["1"]).await;
        exchanged.stop().await;
        let mut config = test_config(&store);
        with_keys("2", &[])(&mut config);
        let error = refusal(config.clone()).await;
        assert!(error.contains("SRP verifiers under"), "{error}");
        assert!(error.contains("signing keys under"), "{error}");
        assert!(error.contains("secrets.previous_master_keys"), "{error}");
        assert!(!error.contains(&key("2")), "{error}");
        let said = keys(&store, &["status"], "2", &[]).await;
        assert_eq!(said.status, 4, "{}{}", said.out, said.error);
        assert!(said.out.contains("unknown"), "{}", said.out);
        let said = keys(&store, &["status"], "3", &[]).await;
        assert_eq!(said.status, 1, "{}", said.out);
        assert!(said.error.contains("another master key"), "{}", said.error);
        config.secrets.serve_despite_missing_master_keys = true;
        open_app(config).await.stop().await;
    }

    /// A row under a key that the server does not have ends its readiness, and the key's return begins it again.
    async fn readiness_fails_while_a_key_is_missing(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(json!({})).await;
        let client = pool.client(json!({ "GenerateSecret": true })).await;
        let ready = || async {
            let request = server.client.raw(reqwest::Method::GET, "/health/ready");
            server.client.send(request).await
        };
        assert_eq!(ready().await.status, 200);
        // As a node with another current key would seal it.
        let foreign = if server.store.url.starts_with("sqlite") { "x'01aabbccdd00'" } else { "'\\x01aabbccdd00'::bytea" };
        let kept = format!("CREATE TABLE kept AS SELECT client_id, secret FROM user_pool_clients \
                            WHERE client_id = '{}'", client.id);
        store.ask(&kept).await;
        store.ask(&format!("UPDATE user_pool_clients SET secret = {foreign} RETURNING client_id")).await;
        wait::until("the server not to be ready", Duration::from_secs(60), || async {
            let answer = ready().await;
            (answer.status == 503).then(|| assert_eq!(answer.body["status"], "master key missing"))
        }).await;
        store.ask("UPDATE user_pool_clients SET secret = (SELECT secret FROM kept) RETURNING client_id").await;
        wait::until("the server to be ready", Duration::from_secs(60), || async {
            (ready().await.status == 200).then_some(())
        }).await;
        server.stop().await;
    }

    /// A run that is cut off leaves a part, and the next one does the rest.
    async fn a_run_that_was_cut_off_goes_on(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(json!({})).await;
        let client = pool.client(json!({})).await;
        for number in 0..USERS {
            confirmed_user(&pool, &format!("user{number}"), json!({})).await;
        }
        server.stop().await;
        let app = app(&store, "2", &["1"]).await;
        let runner = JobRunner::new(Arc::clone(&app));
        let done = users_under(&app);
        let cut_off = {
            let runner = runner.clone();
            tokio::spawn(async move { runner.run_once(&job("reseal")).await })
        };
        wait::until("the first batch", Duration::from_secs(60), || async {
            (count(&store, &done).await > 0).then_some(())
        }).await;
        cut_off.abort();
        let _ = cut_off.await;
        assert!(runner.run_once(&job("reseal")).await.unwrap());
        assert_eq!(count(&store, &done).await, USERS);
        // A second run finds nothing to do.
        assert!(runner.run_once(&job("reseal")).await.unwrap());
        app.stop().await;
        let server = TestServer::start(&store, with_keys("2", &[])).await;
        tokens_of(client.at(&server).initiate("user0", PASSWORD).await);
        server.stop().await;
    }

    /// A node whose key is the former one of two does not take rows back.
    async fn a_node_with_the_former_key_does_not_seal_anew(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &["2"])).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        server.stop().await;
        let former = app(&store, "1", &["2"]).await;
        if former.db.kind() == "sqlite" {
            former.stop().await;
        }
        let new = app(&store, "2", &["1"]).await;
        assert!(JobRunner::new(Arc::clone(&new)).run_once(&job("reseal")).await.unwrap());
        assert_eq!(count(&store, &users_under(&new)).await, 1);
        if former.db.kind() == "postgres" {
            let runner = JobRunner::new(Arc::clone(&former));
            former.clock.advance(600);
            assert!(runner.run_once(&job("reseal")).await.unwrap());
            assert_eq!(count(&store, &users_under(&new)).await, 1);
            former.stop().await;
        }
        new.stop().await;
    }

    /// A change of a password wins over its being sealed anew at the same time.
    async fn a_change_meanwhile_wins(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        server.stop().await;
        let app = open_app(test_config(&store)).await;
        let mut conn = app.db.write().await.unwrap();
        let form = sealed_credentials::next_form(&mut conn, None).await.unwrap().unwrap();
        let read = sealed_credentials::list(&mut conn, &form, ("", ""), 10).await.unwrap();
        drop(conn);
        app.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let pool_id = &pool.id;
        let input = json!({ "UserPoolId": pool_id, "Username": "ada", "Password": NEW_PASSWORD, "Permanent": true });
        server.admin.call("AdminSetUserPassword", input).await.ok();
        server.stop().await;
        let app = open_app(test_config(&store)).await;
        let mut conn = app.db.write().await.unwrap();
        let replaced = sealed_credentials::replace(&mut conn, &read[0], &read[0]).await.unwrap();
        assert!(!replaced);
        let now = sealed_credentials::list(&mut conn, &form, ("", ""), 10).await.unwrap();
        assert!(now[0].password_hash != read[0].password_hash);
        assert!(sealed_credentials::replace(&mut conn, &now[0], &now[0]).await.unwrap());
        drop(conn);
        app.stop().await;
    }
}
