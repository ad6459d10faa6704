//! How many devices a user has, and how long they are remembered (`docs/adr/0038`).

use cognate::domain::device::{MEMORY_SECONDS, MOST};
use serde_json::json;

use super::NO_SUCH_DEVICE;
use crate::support::application::{open_app, run_job, test_config};
use crate::support::devices::{
    client_with_devices, confirmed_device, devices_of_ada, sign_in_from,
};
use crate::support::refusals::{not_authorized, refused};
use crate::support::tokens::get_user;
use crate::support::users::confirmed_user;
use crate::support::{TestServer, TestStore, both_stores};

const DAY: i64 = 86_400;

/// Gives the only user with devices so many more, as if each had signed in five minutes later or more.
async fn add_devices(store: &TestStore, count: u32) {
    for number in 1..=count {
        let insert = format!(
            "INSERT INTO devices
             SELECT pool_id, user_id, 'us-east-1_00000000-0000-4000-8000-{number:012}', group_key, name, remembered,
               srp_salt, srp_verifier, last_address, user_agent, created_at, modified_at,
               authenticated_at + 1000 * ({number} + 300), forgotten_after
             FROM devices ORDER BY authenticated_at LIMIT 1 RETURNING device_key"
        );
        assert_eq!(store.ask(&insert).await.len(), 1);
    }
}

async fn count(store: &TestStore) -> usize {
    store.ask("SELECT device_key FROM devices").await.len()
}

both_stores! {
    /// Beyond the most devices of a user, the one whose last sign-in is longest ago is forgotten, and its session
    /// ends; other users keep theirs.
    async fn the_device_of_the_oldest_sign_in_makes_room(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let (first, of_first) = confirmed_device(&app, "ada").await;
        let (second, of_second) = confirmed_device(&app, "ada").await;
        add_devices(&server.store, MOST - 3).await;
        server.advance(600).await;
        // The first one signs in once more, so that the second is the oldest.
        sign_in_from(&app, "ada", &first.key).await.ok();
        let (third, _) = confirmed_device(&app, "ada").await;
        assert_eq!(count(&server.store).await, 100);
        get_user(&app, &of_second.access).await.ok();

        server.advance(1).await;
        let (fourth, _) = confirmed_device(&app, "ada").await;
        assert_eq!(count(&server.store).await, 100);
        refused(&sign_in_from(&app, "ada", &second.key).await, NO_SUCH_DEVICE);
        not_authorized(&get_user(&app, &of_second.access).await, "Access Token has been revoked");
        get_user(&app, &of_first.access).await.ok();
        for device in [&first, &third, &fourth] {
            sign_in_from(&app, "ada", &device.key).await.ok();
        }
        confirmed_user(&app.pool, "bob", json!({})).await;
        confirmed_device(&app, "bob").await;
        assert_eq!(count(&server.store).await, 101);
    }

    /// A device is forgotten 400 days after its last sign-in.
    async fn a_device_that_is_not_used_is_forgotten(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let app = client_with_devices(&server, true).await;
        let (unused, _) = confirmed_device(&app, "ada").await;
        let (used, _) = confirmed_device(&app, "ada").await;
        server.advance(30 * DAY).await;
        sign_in_from(&app, "ada", &used.key).await.ok();
        server.stop().await;

        let node = open_app(test_config(&store)).await;
        let keys = || async {
            let mut keys = store.ask("SELECT device_key FROM devices").await;
            keys.sort();
            keys
        };
        let mut both = vec![unused.key.clone(), used.key.clone()];
        both.sort();
        node.clock.advance(MEMORY_SECONDS - DAY);
        run_job(&node, "delete-expired").await;
        assert_eq!(keys().await, both);
        node.clock.advance(2 * DAY);
        run_job(&node, "delete-expired").await;
        assert_eq!(keys().await, [used.key]);
        node.clock.advance(31 * DAY);
        run_job(&node, "delete-expired").await;
        assert!(keys().await.is_empty());
        node.stop().await;
    }

    /// A device whose refresh tokens live longer is kept until they end.
    async fn a_device_is_kept_as_long_as_its_refresh_tokens(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let app = client_with_devices(&server, false).await;
        let long = app.pool.client(json!({ "RefreshTokenValidity": 3650 })).await;
        let (device, tokens) = confirmed_device(&long, "ada").await;
        server.stop().await;
        let node = open_app(test_config(&store)).await;
        node.clock.advance(3649 * DAY);
        run_job(&node, "delete-expired").await;
        node.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let long = long.at(&server);
        assert_eq!(devices_of_ada(&long.pool).await, std::slice::from_ref(&device.key));
        server.advance(3649 * DAY).await;
        long.refresh_from(&tokens.refresh, Some(&device.key)).await.ok();
        server.stop().await;
        let node = open_app(test_config(&store)).await;
        node.clock.advance(3651 * DAY);
        run_job(&node, "delete-expired").await;
        assert_eq!(count(&store).await, 0);
        node.stop().await;
    }
}
