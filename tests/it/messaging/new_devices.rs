//! Notices of sign-ins from new devices: what a device is, how long it is known, and the bound on notices.

use std::sync::Arc;

use cognate::config::{Config, PoolOverrides};
use cognate::jobs::{self, JobRunner};
use serde_json::json;

use super::notices::{Told, told};
use crate::support::application::{open_app, test_config};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::sign_up::email_pool;
use crate::support::users::{call_for_user, confirmed_user, invited_user};
use crate::support::{AppClient, SrpClient, TestServer, TestStore, both_stores};

const ADA: &str = "ada@example.com";
const HOME: &str = "192.0.2.1";
const DAY: i64 = 86_400;
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

fn new_device() -> Told {
    (
        "new_device".to_owned(),
        Some("New sign-in to your account".to_owned()),
        "Somebody signed in to your account ada from a device or network that is new to it. If that was not you, \
         change your password now."
            .to_owned(),
    )
}

fn on(config: &mut Config) {
    config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    config.notifications.new_devices = true;
    // What is recorded of sign-ins names addresses and browsers.
    config.events.retention_days = 0;
    config.limits.multiplier = Some(1);
}

/// A client of a pool, and Ada with a verified address.
async fn client(server: &TestServer) -> AppClient {
    let pool = server.pool(email_pool(json!({}))).await;
    let ada = json!({ "email": ADA, "email_verified": "true" });
    confirmed_user(&pool, "ada", ada).await;
    pool.client(json!({})).await
}

/// The hashes that are remembered, in hexadecimal.
async fn known(store: &TestStore) -> Vec<String> {
    let hash = match store.url.starts_with("sqlite") {
        true => "hex(device_hash)",
        false => "encode(device_hash, 'hex')",
    };
    store
        .ask(&format!("SELECT {hash} FROM known_devices ORDER BY 1"))
        .await
}

async fn told_times(app: &AppClient) -> usize {
    let notices = told(&app.pool, ADA).await;
    assert!(
        notices.iter().all(|notice| *notice == new_device()),
        "{notices:?}"
    );
    notices.len()
}

both_stores! {
    /// A device is the kind of its browser and its network: other versions and other addresses are the same.
    async fn a_user_is_told_of_a_sign_in_from_a_new_device(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let app = client(&server).await;
        let newer = FIREFOX.replace("128", "129");
        for (address, agent, times) in [
            (HOME, FIREFOX, 0),
            (HOME, FIREFOX, 0),
            ("192.0.2.77", newer.as_str(), 0),
            (HOME, "okhttp/4.1", 1),
            (HOME, "okhttp/5.0", 1),
            ("198.51.100.1", FIREFOX, 2),
            ("2001:db8:1:2::1", FIREFOX, 3),
            ("2001:db8:1:9::9", FIREFOX, 3),
            ("2001:db8:2:2::1", FIREFOX, 4),
            (HOME, FIREFOX, 4),
            ("198.51.100.2", FIREFOX, 4),
        ] {
            app.on_device(address, agent).sign_in("ada").await;
            assert_eq!(told_times(&app).await, times, "{address} {agent}");
        }
        assert_eq!(known(&store).await.len(), 5);
        // A wrong password and a refresh are no sign-ins.
        let elsewhere = app.on_device("203.0.113.1", FIREFOX);
        elsewhere.initiate("ada", "Wr0ng-Donkey?").await.fails_as("NotAuthorizedException");
        let refresh = app.on_device(HOME, FIREFOX).sign_in("ada").await.refresh;
        elsewhere.refresh(&refresh).await.ok();
        assert_eq!(told_times(&app).await, 4);
        assert_eq!(known(&store).await.len(), 5);
        let dump = store.dump().await;
        for readable in ["192.0.2.", "Firefox", "198.51.100"] {
            let bytes = readable.as_bytes();
            assert!(!dump.windows(bytes.len()).any(|window| window == bytes), "{readable}");
        }
        call_for_user(&app.pool, "AdminDeleteUser", "ada").await.ok();
        assert!(known(&store).await.is_empty());
        server.stop().await;
    }

    /// Whichever way the session is opened.
    async fn srp_and_a_chosen_password_are_sign_ins_too(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let app = client(&server).await;
        let (home, away) = (app.on_device(HOME, FIREFOX), app.on_device("198.51.100.1", FIREFOX));
        tokens_of(SrpClient::sign_in(&home, "ada", PASSWORD).await);
        tokens_of(SrpClient::sign_in(&home, "ada", PASSWORD).await);
        assert_eq!(told_times(&app).await, 0);
        tokens_of(SrpClient::sign_in(&away, "ada", PASSWORD).await);
        assert_eq!(told_times(&app).await, 1);

        let bob = json!({ "email": "bob@example.com", "email_verified": "true" });
        invited_user(&app.pool, "bob", PASSWORD, bob).await;
        let challenge = home.initiate("bob", PASSWORD).await.ok();
        assert_eq!(known(&store).await.len(), 2, "not signed in yet");
        tokens_of(choose_password(&home, &challenge, NEW_PASSWORD, json!({})).await);
        assert_eq!(known(&store).await.len(), 3);
        assert_eq!(told(&app.pool, "bob@example.com").await, [], "the first device");
        tokens_of(away.initiate("bob", NEW_PASSWORD).await);
        let [(purpose, ..)] = told(&app.pool, "bob@example.com").await.try_into().unwrap();
        assert_eq!(purpose, "new_device");
        // An unverified address may be a stranger's. The device is remembered all the same.
        confirmed_user(&app.pool, "cyd", json!({ "email": "cyd@example.com" })).await;
        for device in [&home, &away] {
            device.sign_in("cyd").await;
        }
        assert_eq!(told(&app.pool, "cyd@example.com").await, []);
        assert_eq!(known(&store).await.len(), 6);
        server.stop().await;
    }

    /// A backend's own address says nothing of its user's device; one that it may pass on does.
    async fn a_backend_tells_of_devices_only_by_the_address_that_it_passes_on(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let app = client(&server).await;
        let backend = app.pool.client(json!({ "GenerateSecret": true })).await;
        for address in [HOME, "198.51.100.1"] {
            backend.on_device(address, FIREFOX).sign_in("ada").await;
        }
        assert!(known(&store).await.is_empty());
        let passes_on = json!({
            "GenerateSecret": true, "EnablePropagateAdditionalUserContextData": true,
        });
        let backend = app.pool.client(passes_on).await;
        for (address, times) in [(HOME, 0), ("192.0.2.9", 0), ("198.51.100.1", 1)] {
            let input = json!({
                "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": {
                    "USERNAME": "ada", "PASSWORD": PASSWORD, "SECRET_HASH": backend.secret_hash("ada"),
                },
                "UserContextData": { "IpAddress": address },
            });
            tokens_of(backend.call("InitiateAuth", input).await);
            assert_eq!(told_times(&app).await, times, "{address}");
        }
        server.stop().await;
    }

    /// Beyond the budget of the address, notices are left out and the user signs in.
    async fn an_address_gets_only_so_many_notices_a_day(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            on(config);
            config.limits.address.new_device_notices_per_day = 2;
        })
        .await;
        let app = client(&server).await;
        for (network, times) in [(1, 0), (2, 1), (3, 2), (4, 2), (5, 2)] {
            app.on_device(&format!("192.0.{network}.1"), FIREFOX).sign_in("ada").await;
            assert_eq!(told_times(&app).await, times, "{network}");
        }
        assert_eq!(known(&store).await.len(), 5);
        server.advance(DAY).await;
        app.on_device("192.0.5.1", FIREFOX).sign_in("ada").await;
        assert_eq!(told_times(&app).await, 2, "known, though not told of");
        app.on_device("192.0.6.1", FIREFOX).sign_in("ada").await;
        assert_eq!(told_times(&app).await, 3);
        server.stop().await;
    }

    /// The ten that were seen last are known, each for 400 days.
    async fn a_user_has_ten_known_devices_for_400_days(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let app = client(&server).await;
        let sign_in = async |network: i32| {
            app.on_device(&format!("192.0.{network}.1"), FIREFOX).sign_in("ada").await;
            told_times(&app).await
        };
        for network in 0..10 {
            sign_in(network).await;
            server.advance(60).await;
        }
        server.advance(DAY).await;
        assert_eq!(sign_in(0).await, 9);
        assert_eq!(sign_in(10).await, 10);
        assert_eq!(known(&store).await.len(), 10);
        assert_eq!(sign_in(0).await, 10, "seen again, so it was not the oldest");
        assert_eq!(sign_in(1).await, 11, "forgotten for the eleventh");
        server.advance(399 * DAY).await;
        assert_eq!(sign_in(10).await, 11);
        server.advance(2 * DAY).await;
        assert_eq!(sign_in(0).await, 12);
        server.stop().await;

        let node = open_app(test_config(&store)).await;
        node.clock.advance(500 * DAY);
        let runner = JobRunner::new(Arc::clone(&node));
        assert!(runner.run_once(&jobs::ALL[0]).await.unwrap());
        runner.release(&jobs::ALL[0]).await.unwrap();
        assert_eq!(known(&store).await.len(), 2, "of the last two sign-ins");
        node.clock.advance(402 * DAY);
        assert!(runner.run_once(&jobs::ALL[0]).await.unwrap());
        assert!(known(&store).await.is_empty());
        node.stop().await;
    }

    /// A device is known under the former master key, and from the next sign-in on under the new one.
    async fn a_change_of_the_master_key_makes_no_device_new(store: TestStore) {
        let with_keys = |current: &str, previous: &[&str]| {
            let current = current.repeat(64);
            let previous: Vec<_> = previous.iter().map(|digit| digit.repeat(64).into()).collect();
            move |config: &mut Config| {
                on(config);
                config.secrets.master_key = Some(current.into());
                config.secrets.previous_master_keys = previous;
            }
        };
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let app = client(&server).await;
        app.on_device(HOME, FIREFOX).sign_in("ada").await;
        let before = known(&store).await;
        server.stop().await;
        let server = TestServer::start(&store, with_keys("2", &["1"])).await;
        let app = app.at(&server);
        app.on_device(HOME, FIREFOX).sign_in("ada").await;
        let after = known(&store).await;
        assert_eq!(after.len(), 1);
        assert_ne!(after, before);
        app.on_device(HOME, FIREFOX).sign_in("ada").await;
        assert_eq!(known(&store).await, after);
        assert_eq!(told(&app.pool, ADA).await, []);
        server.stop().await;
    }

    /// Devices are remembered only of pools that tell of them.
    async fn a_pool_remembers_devices_only_while_it_tells_of_them(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let (telling, quiet) = (client(&server).await, client(&server).await);
        server.stop().await;
        let server = TestServer::start(&store, |config| {
            on(config);
            config.notifications.new_devices = false;
            let mut overrides = PoolOverrides::default();
            overrides.notifications.new_devices = Some(true);
            config.pool_settings.insert(telling.pool.id.clone(), overrides);
        })
        .await;
        for app in [telling.at(&server), quiet.at(&server)] {
            for address in [HOME, "198.51.100.1"] {
                app.on_device(address, FIREFOX).sign_in("ada").await;
            }
        }
        let pools = store.ask("SELECT pool_id FROM known_devices").await;
        assert_eq!(pools, [telling.pool.id.as_str(), telling.pool.id.as_str()]);
        let messages = server.inbox(ADA).messages().await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].user_pool_id, telling.pool.id);
        server.stop().await;
    }
}
