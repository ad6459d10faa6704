//! Runs a test's story on one of the stores.

use std::future::Future;
use std::time::Duration;

use super::store::{StoreKind, TestStore};

/// A story that takes longer hangs. Generous, since two cores may run several stories at once.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a story can be given.
pub trait Given: Clone + Send + 'static {
    /// Prepares it on `store`.
    fn enter(store: TestStore) -> impl Future<Output = Self> + Send;
    /// Ends it, also after a story that failed.
    fn leave(self) -> impl Future<Output = ()> + Send;
}

impl Given for TestStore {
    async fn enter(store: TestStore) -> Self {
        store
    }

    async fn leave(self) {}
}

/// Runs `story` on a new, empty store of `kind`, and removes the store whatever becomes of it.
pub fn run<G, F>(kind: StoreKind, story: impl FnOnce(G) -> F + Send + 'static)
where
    G: Given,
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(async {
        let store = TestStore::new(kind).await;
        let given = G::enter(store.clone()).await;
        // A task of its own, so that a failed assertion does not keep us from tidying up.
        let told = tokio::spawn(tokio::time::timeout(PATIENCE, story(given.clone()))).await;
        given.leave().await;
        store.remove().await;
        told
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(_)) => panic!("the story did not end within {} s", PATIENCE.as_secs()),
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

            async fn story($given: $kind) $body

            #[test]
            fn sqlite() {
                $crate::support::story::run($crate::support::StoreKind::Sqlite, story);
            }

            #[test]
            fn postgres() {
                $crate::support::story::run($crate::support::StoreKind::Postgres, story);
            }
        }
    )+};
}

/// Declares tests of several servers on one database, which only PostgreSQL is for.
macro_rules! several_nodes {
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($given:ident: $kind:ty) $body:block
    )+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn story($given: $kind) $body

            #[test]
            fn postgres() {
                $crate::support::story::run($crate::support::StoreKind::Postgres, story);
            }
        }
    )+};
}
pub(crate) use {both_stores, several_nodes};
