//! Several nodes on one database agree on the limits.

use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock};

use cognate::app::App;
use cognate::context::RequestContext;
use cognate::domain::app_client::{AppClient, ClientSettings};
use cognate::domain::origin::Origin;
use cognate::domain::source_network::SourceNetwork;
use cognate::domain::time::Timestamp;
use cognate::flows::limits::{Limit, Requester, Usage, budgets, usage};
use serde_json::json;

use super::as_in_production;
use crate::support::application::{open_app, run_job, test_config};
use crate::support::refusals::{TOO_MANY_ATTEMPTS, refused};
use crate::support::sign_up::{email_pool, resend_code};
use crate::support::{StoreKind, TestServer, TestStore, both_stores, several_nodes};

static EXAMPLE: LazyLock<AppClient> = LazyLock::new(|| AppClient {
    pool_id: "us-east-1_Example01".to_owned(),
    id: "example".to_owned(),
    name: "example".to_owned(),
    secrets: Vec::new(),
    settings: ClientSettings::default(),
    created_at: Timestamp::default(),
    modified_at: Timestamp::default(),
    version: 0,
});

/// A requester from one address, at a client that need not exist for it to be counted.
fn requester() -> Requester<'static> {
    Requester {
        pool_id: "us-east-1_Example01",
        client: Some(&EXAMPLE),
        user_id: None,
        origin: Origin::Network(SourceNetwork::of(Ipv4Addr::new(192, 0, 2, 1).into())),
        user: "user".to_owned(),
    }
}

fn spend(app: &App) -> bool {
    let context: RequestContext = app.internal_context();
    usage::spend(app, &context, &requester(), Usage::Messages, 1).is_ok()
}

async fn node(store: &TestStore) -> Arc<App> {
    let mut config = test_config(store);
    as_in_production(&mut config);
    config.limits.source.messages_per_hour = 80;
    open_app(config).await
}

several_nodes! {
    /// The limit of a user is exact: what one node has admitted counts on the other at once.
    async fn a_users_limit_is_one_for_all_nodes(store: TestStore) {
        let first = TestServer::start(&store, |_| {}).await;
        let second = TestServer::start(&store, |_| {}).await;
        let app = first.pool(email_pool(json!({}))).await.client(json!({})).await;
        let mut elsewhere = app.clone();
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        elsewhere.pool = elsewhere.pool.on(&second);
        for _ in 0..2 {
            resend_code(&app, "ada").await.ok();
        }
        for _ in 0..3 {
            resend_code(&elsewhere, "ada").await.ok();
        }
        refused(&resend_code(&app, "ada").await, TOO_MANY_ATTEMPTS);
        refused(&resend_code(&elsewhere, "ada").await, TOO_MANY_ATTEMPTS);
        first.stop().await;
        second.stop().await;
    }

    /// A source's limit is counted by each node and shared: together they admit it, and little more.
    async fn a_sources_limit_is_shared_at_each_exchange(store: TestStore) {
        let nodes = [node(&store).await, node(&store).await];
        let mut admitted = 0;
        for _ in 0..100 {
            for node in &nodes {
                admitted += usize::from(spend(node));
                usage::exchange(node).await.unwrap();
            }
        }
        // A node that has used less than an eighth of the limit is unknown to the other.
        assert!((80..=80 + 10 + 2).contains(&admitted), "{admitted}");
        for node in &nodes {
            assert!(!spend(node));
            node.clock.advance(3_600 + 600);
            assert!(spend(node));
            node.stop().await;
        }
    }
}

async fn rows(store: &TestStore) -> Vec<String> {
    store.ask("SELECT subject FROM attempt_log").await
}

/// A day of a thousand sources against ten thousand users is bounded by what a source may guess (ADR 26): here a
/// tenth of them, each of whom guesses as soon as it may.
#[test]
fn a_day_of_many_sources_is_bounded_by_the_sources_limit() {
    const SOURCES: u8 = 100;
    const STEP: i64 = 20 * 60;
    const STEPS_IN_A_DAY: usize = 72;
    const PER_HOUR: usize = 100;
    crate::support::fixture::run(StoreKind::Sqlite, |store: TestStore| async move {
        let mut config = test_config(&store);
        as_in_production(&mut config);
        let node = open_app(config).await;
        let mut guesses = 0;
        for _ in 0..STEPS_IN_A_DAY {
            let context = node.internal_context();
            for source in 0..SOURCES {
                let address = Ipv4Addr::new(192, 0, 2, source);
                let requester = Requester {
                    origin: Origin::Network(SourceNetwork::of(address.into())),
                    ..requester()
                };
                let wrong = Usage::WrongGuesses;
                while usage::check_left(&node, &context, &requester, wrong).is_ok() {
                    usage::count(&node, &context, &requester, wrong);
                    guesses += 1;
                }
            }
            node.clock.advance(STEP);
        }
        let most = usize::from(SOURCES) * PER_HOUR * 24;
        assert!(
            (most * 3 / 4..=most).contains(&guesses),
            "{guesses} of {most}"
        );
        node.stop().await;
    });
}

both_stores! {
    /// The times of a user's attempts stay for a period after the last one, though the purge first looks at
    /// them a period after the first one.
    async fn attempts_are_forgotten_a_period_after_the_last(store: TestStore) {
        let node = open_app(test_config(&store)).await;
        let try_once = async || {
            let context = node.internal_context();
            budgets::count(&node, &context, &requester(), Limit::AttributeCode).await.is_ok()
        };
        assert!(try_once().await);
        node.clock.advance(3000);
        for _ in 0..4 {
            assert!(try_once().await);
        }
        assert!(!try_once().await);
        node.clock.advance(700);
        run_job(&node, "delete-expired").await;
        // The first attempt is more than an hour ago.
        assert!(try_once().await);
        assert!(!try_once().await);
        node.clock.advance(3590);
        run_job(&node, "delete-expired").await;
        assert_eq!(rows(&store).await, ["user"]);
        node.clock.advance(20);
        run_job(&node, "delete-expired").await;
        assert!(rows(&store).await.is_empty());
        node.stop().await;
    }
}
