//! Users who never confirm their sign-up: deleted where the configuration says so.

use cognate::config::{Config, PoolOverrides, UsersOverrides};
use serde_json::json;

use crate::support::application::{open_app, run_job, test_config};
use crate::support::sign_up::{email_pool, resend_code};
use crate::support::users::{assert_unknown, confirmed_user, create_user, status};
use crate::support::{AppClient, TestServer, TestStore, both_stores};

const DAY: i64 = 86_400;

async fn sign_up(app: &AppClient, username: &str) {
    let email = format!("{username}@example.com");
    app.sign_up(username, json!({ "email": email })).await.ok();
}

fn pool_that_keeps(days: u32) -> PoolOverrides {
    PoolOverrides {
        users: UsersOverrides {
            delete_unconfirmed_after_days: Some(days),
        },
        ..PoolOverrides::default()
    }
}

/// Runs the job on a node of its own, so much later.
async fn delete_unconfirmed(config: Config, seconds: i64) {
    let node = open_app(config).await;
    node.clock.advance(seconds);
    run_job(&node, "delete-unconfirmed-users").await;
    node.stop().await;
}

both_stores! {
    /// Who signed up and did not confirm goes after the days of the pool, with what was stored for it; who
    /// confirmed, was invited, or has asked for a code since, stays.
    async fn unconfirmed_users_are_deleted_after_the_pools_days(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(email_pool(json!({ "AliasAttributes": ["email"] }))).await;
        let app = pool.client(json!({})).await;
        let lasting = server.pool(email_pool(json!({}))).await;
        let lasting_app = lasting.client(json!({})).await;
        for username in ["gone", "asked"] {
            sign_up(&app, username).await;
        }
        sign_up(&lasting_app, "kept").await;
        confirmed_user(&pool, "confirmed", json!({})).await;
        create_user(&pool, "invited", json!({})).await.ok();
        server.advance(2 * DAY).await;
        sign_up(&app, "young").await;
        resend_code(&app, "asked").await.ok();
        server.stop().await;

        let mut config = test_config(&store);
        config.users.delete_unconfirmed_after_days = 2;
        config.pool_settings.insert(lasting.id.clone(), pool_that_keeps(0));
        delete_unconfirmed(config, 2 * DAY + 60).await;

        let again = TestServer::start(&store, |_| {}).await;
        let (pool, lasting) = (pool.on(&again), lasting.on(&again));
        assert_unknown(&pool, "gone").await;
        for (username, expected) in [
            ("asked", "UNCONFIRMED"),
            ("young", "UNCONFIRMED"),
            ("confirmed", "CONFIRMED"),
            ("invited", "FORCE_CHANGE_PASSWORD"),
        ] {
            assert_eq!(status(&pool, username).await, expected, "{username}");
        }
        assert_eq!(status(&lasting, "kept").await, "UNCONFIRMED");
        let gone = "SELECT value FROM codes WHERE value = 'gone@example.com'";
        assert!(store.ask(gone).await.is_empty());
        // The name is free again.
        let mut app = app;
        app.pool = pool;
        sign_up(&app, "gone").await;
        again.stop().await;
    }

    /// Without the setting nobody is deleted, and a pool may have it alone.
    async fn users_stay_unless_the_configuration_says_otherwise(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        sign_up(&app, "ada").await;
        server.stop().await;

        delete_unconfirmed(test_config(&store), 4_000 * DAY).await;
        let again = TestServer::start(&store, |_| {}).await;
        assert_eq!(status(&pool.on(&again), "ada").await, "UNCONFIRMED");
        again.stop().await;

        let mut config = test_config(&store);
        config.pool_settings.insert(pool.id.clone(), pool_that_keeps(3_650));
        delete_unconfirmed(config.clone(), 3_650 * DAY - 60).await;
        let again = TestServer::start(&store, |_| {}).await;
        assert_eq!(status(&pool.on(&again), "ada").await, "UNCONFIRMED");
        again.stop().await;
        delete_unconfirmed(config, 3_650 * DAY + 60).await;
        let again = TestServer::start(&store, |_| {}).await;
        assert_unknown(&pool.on(&again), "ada").await;
        again.stop().await;
    }
}
