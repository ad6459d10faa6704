//! PostgreSQL goes and comes back, here or on another host: the server finds it without a restart.
//! `./inject-faults` does the same with real primaries and standbys.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::application::{refusal, test_config};
use crate::support::fixture::run;
use crate::support::proxy::Proxy;
use crate::support::{Pool, StoreKind, TestServer, TestStore, at_once, wait};
use cognate::config::StoreUrl;

/// To notice that a primary is lost, and to find another; generous, for a busy machine.
const FOUND: Duration = Duration::from_secs(30);

fn options(store: &TestStore) -> PgConnectOptions {
    store.url.parse().unwrap()
}

/// Two ways to the store's database, both closed.
fn ways(store: &TestStore) -> [Proxy; 2] {
    let options = options(store);
    let to = format!("{}:{}", options.get_host(), options.get_port());
    let to: SocketAddr = to.parse().expect("PostgreSQL on this machine");
    [Proxy::closed(to), Proxy::closed(to)]
}

/// The store's URL with these in its hosts' place.
fn url(store: &TestStore, ways: &[Proxy]) -> StoreUrl {
    let (before, after) = store.url.split_once('@').unwrap();
    let (_, after) = after.split_once('/').unwrap();
    let hosts: Vec<_> = ways
        .iter()
        .map(|way| format!("127.0.0.1:{}", way.port))
        .collect();
    let hosts = hosts.join(",");
    let text = format!("{before}@{hosts}/{after}");
    let mark = if text.contains('?') { '&' } else { '?' };
    StoreUrl::parse(&format!("{text}{mark}target_session_attrs=read-write")).unwrap()
}

async fn server(store: &TestStore, ways: &[Proxy]) -> TestServer {
    TestServer::start(store, |config| {
        config.store.url = Some(url(store, ways));
        config.store.acquire_timeout_seconds = 5;
    })
    .await
}

/// Whether a new user was written, asked of a server that may not answer.
async fn writes(pool: &Pool, number: usize) -> bool {
    let input = json!({
        "UserPoolId": pool.id, "Username": format!("user{number}"), "MessageAction": "SUPPRESS",
    });
    let body = serde_json::to_vec(&input).unwrap();
    let request = pool
        .endpoint()
        .admin
        .request("AdminCreateUser", body)
        .timeout(Duration::from_secs(2));
    request
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
}

/// Writes until it succeeds; how many did not.
async fn failures_until_it_writes(pool: &Pool, first: usize) -> usize {
    let begun = Instant::now();
    let mut failures = 0;
    while !writes(pool, first + failures).await {
        failures += 1;
        assert!(begun.elapsed() < FOUND, "no write in {} s", FOUND.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    failures
}

/// A statement on the database itself, past the server.
async fn behind_its_back(store: &TestStore, statement: &str) {
    let options = options(store);
    let name = options.get_database().unwrap().to_owned();
    // Another database, so that what is set on this one does not hold for us.
    let mut session = options.database("postgres").connect().await.unwrap();
    let statement = statement.replace("{name}", &name);
    session.execute(AssertSqlSafe(statement)).await.unwrap();
}

const END_SESSIONS: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'";

/// The connections to the former primary break, and it refuses new ones.
#[test]
fn the_server_follows_the_primary() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let ways = ways(&store);
        ways[0].open().await;
        let server = server(&store, &ways).await;
        let pool = server.pool(json!({})).await;
        assert!(writes(&pool, 0).await);
        ways[0].close().await;
        assert!(!writes(&pool, 1).await);
        ways[1].open().await;
        failures_until_it_writes(&pool, 100).await;
        // And back.
        ways[1].close().await;
        ways[0].open().await;
        failures_until_it_writes(&pool, 500).await;
        assert_eq!(
            pool.user("user0").await.ok()["UserStatus"],
            "FORCE_CHANGE_PASSWORD"
        );
        server.stop().await;
    });
}

/// The primary stops answering: open connections and new ones hang.
#[test]
fn a_silent_primary_is_left_in_time() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let ways = ways(&store);
        ways[0].open().await;
        let server = server(&store, &ways).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let access = app.signed_in("ada", json!({})).await.access;
        let get_user = |_| {
            let (app, access) = (app.clone(), access.clone());
            async move { app.with_token("GetUser", &access, json!({})).await }
        };
        // So that there are sessions to fall silent on.
        for user in at_once(16, get_user).await {
            user.ok();
        }
        ways[0].fall_silent().await;
        // Callers who read together, all of whom hang to the time limit of their requests.
        let mut hanging = JoinSet::new();
        for number in 0..8 {
            hanging.spawn(get_user(number));
        }
        // More than there are connections.
        for number in 1..=4 {
            assert!(!writes(&pool, number).await);
        }
        ways[1].open().await;
        failures_until_it_writes(&pool, 100).await;
        let user = timeout(FOUND / 3, get_user(8)).await;
        let user = user.expect("nobody waits for those who hang");
        assert_eq!(user.ok()["Username"], "ada");
        // What hangs is not waited for at the end.
        ways[0].close().await;
        server.stop().await;
    });
}

#[test]
fn a_silent_host_does_not_hang_the_start() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let ways = ways(&store);
        ways[0].fall_silent().await;
        ways[1].open().await;
        let begun = Instant::now();
        let server = server(&store, &ways).await;
        assert!(begun.elapsed() < FOUND, "{:?}", begun.elapsed());
        assert!(writes(&server.pool(json!({})).await, 0).await);
        server.stop().await;
    });
}

/// The error names each host and its fault, and not the password.
#[test]
fn without_a_host_that_takes_writes_there_is_no_start() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let ways = ways(&store);
        ways[1].open().await;
        let set = "ALTER DATABASE {name} SET default_transaction_read_only = on";
        behind_its_back(&store, set).await;
        let mut config = test_config(&store);
        config.store.url = Some(url(&store, &ways));
        config.store.acquire_timeout_seconds = 1;
        assert_eq!(
            refusal(config).await,
            format!(
                "cannot open the store: no host in store.url takes writes: 127.0.0.1:{}: error \
                 communicating with database: Connection refused (os error 111); 127.0.0.1:{}: \
                 takes no writes, as a standby or because it is set so",
                ways[0].port, ways[1].port,
            )
        );
    });
}

/// All database sessions end at once, as at a restart: at most one request fails.
#[test]
fn lost_sessions_fail_one_request_at_most() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        // As many sessions as there may be.
        let users = at_once(16, |number| {
            let pool = pool.clone();
            async move { writes(&pool, number).await }
        });
        assert!(users.await.into_iter().all(|written| written));
        behind_its_back(&store, END_SESSIONS).await;
        let mut failed = 0;
        for number in 0..20 {
            failed += usize::from(pool.user(&format!("user{}", number % 16)).await.status != 200);
        }
        assert!(failed <= 1, "{failed} requests failed");
        server.stop().await;
    });
}

/// A session that was opened while the database was read-only would stay read-only.
#[test]
fn the_server_writes_again_when_the_database_does() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let set = "ALTER DATABASE {name} SET default_transaction_read_only = on";
        behind_its_back(&store, set).await;
        behind_its_back(&store, END_SESSIONS).await;
        let refused = || async { (!writes(&pool, 0).await).then_some(()) };
        wait::until("a refused write", FOUND, refused).await;
        let reset = "ALTER DATABASE {name} RESET default_transaction_read_only";
        behind_its_back(&store, reset).await;
        failures_until_it_writes(&pool, 100).await;
        server.stop().await;
    });
}
