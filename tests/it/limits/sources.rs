//! Who is counted as one source, and what is counted by source.

use serde_json::json;

use super::{TOO_MANY_REQUESTS, as_in_production};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, refused};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{AppClient, TestServer, TestStore, both_stores};

async fn sign_ups(app: &AppClient, prefix: &str, count: usize) {
    for number in 0..count {
        app.sign_up(&format!("{prefix}{number}"), json!({}))
            .await
            .ok();
    }
}

both_stores! {
    /// SignUp tells whether a name is taken, so a source asks only so often; answers that refuse count too.
    async fn names_are_asked_for_so_often(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.source.name_checks_per_hour = 4;
        })
        .await;
        let app = server.pool(json!({})).await.client(json!({})).await;
        sign_ups(&app, "ada", 2).await;
        for _ in 0..2 {
            app.sign_up("ada0", json!({})).await.fails_as("UsernameExistsException");
        }
        refused(&app.sign_up("ada0", json!({})).await, TOO_MANY_REQUESTS);
        refused(&app.sign_up("new", json!({})).await, TOO_MANY_REQUESTS);
        app.pool.user("new").await.fails_as("UserNotFoundException");
        app.at_source("127.0.0.2").sign_up("new", json!({})).await.ok();
        server.stop().await;
    }

    /// One source tries wrong passwords of many users only so often. Right ones of other sources go on.
    async fn one_source_guesses_so_often_whomever_it_names(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.source.wrong_guesses_per_hour = 6;
        })
        .await;
        let pool = server.pool(json!({})).await;
        for number in 0..4 {
            confirmed_user(&pool, &format!("user{number}"), json!({})).await;
        }
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        for number in 0..6 {
            // Two of the names nobody has.
            incorrect(&app.initiate(&format!("user{number}"), WRONG_PASSWORD).await);
        }
        for name in ["user0", "user5"] {
            refused(&app.initiate(name, PASSWORD).await, TOO_MANY_REQUESTS);
        }
        app.at_source("127.0.0.2").sign_in("user0").await;
        server.advance(3_600 + 600).await;
        app.sign_in("user0").await;
        server.stop().await;
    }

    /// Addresses of one IPv6 network of 64 bits are one source; IPv4 addresses are one each.
    async fn an_ipv6_network_is_one_source(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
            config.limits.source.name_checks_per_hour = 2;
        })
        .await;
        let app = server.pool(json!({})).await.client(json!({})).await;
        sign_ups(&app.at_source("2001:db8:1:2::1"), "a", 1).await;
        sign_ups(&app.at_source("2001:db8:1:2:ffff::1"), "b", 1).await;
        let third = app.at_source("2001:db8:1:2:3::4");
        refused(&third.sign_up("c", json!({})).await, TOO_MANY_REQUESTS);
        sign_ups(&app.at_source("2001:db8:1:3::1"), "d", 1).await;
        sign_ups(&app.at_source("192.0.2.1"), "e", 2).await;
        sign_ups(&app.at_source("192.0.2.2"), "f", 2).await;
        server.stop().await;
    }

    /// An app client that proves its secret is not counted by address, unless it passes on its users'
    /// addresses and may; one that does not prove a secret may not.
    async fn a_backend_is_counted_by_itself_or_by_what_it_passes_on(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.source.name_checks_per_hour = 2;
        })
        .await;
        let pool = server.pool(json!({})).await;
        let backend = pool.client(json!({ "GenerateSecret": true })).await;
        sign_ups(&backend, "a", 4).await;

        let passes_on = json!({
            "GenerateSecret": true,
            "EnablePropagateAdditionalUserContextData": true,
        });
        let backend = pool.client(passes_on).await;
        let sign_up = async |app: &AppClient, name: &str, address: &str| {
            let input = json!({
                "Username": name,
                "Password": PASSWORD,
                "UserContextData": { "IpAddress": address },
            });
            app.call("SignUp", input).await
        };
        sign_up(&backend, "b1", "198.51.100.7").await.ok();
        sign_up(&backend, "b2", "198.51.100.7").await.ok();
        refused(&sign_up(&backend, "b3", "198.51.100.7").await, TOO_MANY_REQUESTS);
        sign_up(&backend, "b3", "198.51.100.8").await.ok();

        let public = pool.client(json!({})).await.at_source("127.0.0.5");
        sign_up(&public, "c1", "203.0.113.1").await.ok();
        sign_up(&public, "c2", "203.0.113.2").await.ok();
        refused(&sign_up(&public, "c3", "203.0.113.3").await, TOO_MANY_REQUESTS);
        server.stop().await;
    }

    /// A pool has an end too, which ends what many sources cost together.
    async fn a_pool_has_its_own_limit(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.pool.hashes_per_minute = 3;
        })
        .await;
        let app = client_with_ada(&server).await;
        for source in 2..=4 {
            app.at_source(&format!("127.0.0.{source}")).sign_in("ada").await;
        }
        refused(&app.initiate("ada", PASSWORD).await, TOO_MANY_REQUESTS);
        let neighbour = client_with_ada(&server).await;
        neighbour.sign_in("ada").await;
        server.advance(70).await;
        app.sign_in("ada").await;
        server.stop().await;
    }
}
