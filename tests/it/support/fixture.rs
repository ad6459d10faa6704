//! Runs a test on one of the stores.

use std::future::Future;
use std::time::Duration;

use super::store::{StoreKind, TestStore};

/// A test that takes longer hangs. Generous, since two cores may run several tests at once.
const TIMEOUT: Duration = Duration::from_secs(180);

/// What a test is given.
pub trait Fixture: Clone + Send + 'static {
    /// Prepares it on `store`.
    fn set_up(store: TestStore) -> impl Future<Output = Self> + Send;
    /// Ends it, also after a test that failed.
    fn tear_down(self) -> impl Future<Output = ()> + Send;
}

impl Fixture for TestStore {
    async fn set_up(store: TestStore) -> Self {
        store
    }

    async fn tear_down(self) {}
}

/// Runs `test` on a new, empty store of `kind`, and removes the store whether the test passes or not.
pub fn run<G, F>(kind: StoreKind, test: impl FnOnce(G) -> F + Send + 'static)
where
    G: Fixture,
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(async {
        let store = TestStore::new(kind).await;
        let fixture = G::set_up(store.clone()).await;
        // A task of its own, so that the fixture is torn down after a failed assertion too.
        let outcome = tokio::spawn(tokio::time::timeout(TIMEOUT, test(fixture.clone()))).await;
        fixture.tear_down().await;
        store.remove().await;
        outcome
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(_)) => panic!("the test did not end within {} s", TIMEOUT.as_secs()),
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}

/// Declares tests that run on SQLite and on PostgreSQL, see the module's documentation.
macro_rules! both_stores {
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($given:ident: $kind:ty) $body:block
    )+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($given: $kind) $body

            #[test]
            fn sqlite() {
                $crate::support::fixture::run($crate::support::StoreKind::Sqlite, body);
            }

            #[test]
            fn postgres() {
                $crate::support::fixture::run($crate::support::StoreKind::Postgres, body);
            }
        }
    )+};
}

/// Declares tests of several servers on one database, which only PostgreSQL allows.
macro_rules! several_nodes {
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($given:ident: $kind:ty) $body:block
    )+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($given: $kind) $body

            #[test]
            fn postgres() {
                $crate::support::fixture::run($crate::support::StoreKind::Postgres, body);
            }
        }
    )+};
}
pub(crate) use {both_stores, several_nodes};
