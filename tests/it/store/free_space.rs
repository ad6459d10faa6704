//! What SQLite gives back to the file system when rows are deleted.

use std::fs;

use cognate::store::sqlite_backup;

use crate::support::application::{open_app, run_job, test_config};
use crate::support::{StoreKind, TestStore};

/// Pages that stay free for the next rows.
const KEPT: u64 = 1_024;

async fn number(store: &TestStore, query: &str) -> u64 {
    let found = store.ask(query).await;
    found[0].parse().unwrap()
}

async fn free_pages(store: &TestStore) -> u64 {
    let query = "SELECT CAST(freelist_count AS TEXT) FROM pragma_freelist_count";
    number(store, query).await
}

/// Rows of some 16 MiB that have expired.
async fn fill(store: &TestStore) {
    store
        .ask(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO usage_counts (pool_id, kind, subject, part, count, expires_at)
             SELECT 'pool', 'messages', i || hex(zeroblob(2000)), 0, 1, 1 FROM n
             RETURNING kind",
        )
        .await;
}

/// The file becomes smaller after rows were deleted, down to a reserve, and so does that of a restored copy.
#[test]
fn a_sqlite_file_gives_space_back() {
    crate::support::fixture::run(StoreKind::Sqlite, |store: TestStore| async move {
        let node = open_app(test_config(&store)).await;
        fill(&store).await;
        run_job(&node, "delete-expired").await;
        assert!(free_pages(&store).await > 3 * KEPT);
        run_job(&node, "give-back-space").await;
        let left = free_pages(&store).await;
        assert!((KEPT - 256..=KEPT).contains(&left), "{left}");
        node.stop().await;
        drop(node);
        let pages = number(
            &store,
            "SELECT CAST(page_count AS TEXT) FROM pragma_page_count",
        )
        .await;
        // Closing the last connection has carried the log over to the file.
        let file = store.url.strip_prefix("sqlite://").unwrap();
        let size = fs::metadata(file).unwrap().len();
        assert_eq!(size, pages * 4096);
        assert!(pages < 2 * KEPT, "{pages}");
    });
}

/// A file that was made before gives nothing back, and its backup does.
#[test]
fn a_restored_backup_gives_space_back() {
    crate::support::fixture::run(StoreKind::Sqlite, |store: TestStore| async move {
        open_app(test_config(&store)).await.stop().await;
        store.ask("PRAGMA auto_vacuum = NONE; VACUUM").await;
        let mode = "SELECT CAST(auto_vacuum AS TEXT) FROM pragma_auto_vacuum";
        assert_eq!(store.ask(mode).await, ["0"]);
        let node = open_app(test_config(&store)).await;
        fill(&store).await;
        run_job(&node, "delete-expired").await;
        let before = free_pages(&store).await;
        run_job(&node, "give-back-space").await;
        assert_eq!(free_pages(&store).await, before);
        assert_eq!(store.ask(mode).await, ["0"]);
        let copy = store.directory().join("copy.db");
        sqlite_backup::backup(&store.url, &copy, false)
            .await
            .unwrap();
        node.stop().await;
        let mut restored = store.clone();
        restored.url = format!("sqlite://{}", copy.display());
        assert_eq!(restored.ask(mode).await, ["2"]);
    });
}
