//! The leases of background jobs, as the store gives them to nodes.

use std::time::Duration;

use cognate::domain::time::Timestamp;
use cognate::store::{Db, OpenOptions, job_leases};

use crate::support::{TestStore, both_stores};

const JOB: &str = "delete_expired";
/// Milliseconds of each lease.
const LENGTH: i64 = 30_000;

async fn open(store: &TestStore) -> Db {
    let options = OpenOptions {
        max_connections: 8,
        acquire_timeout: Duration::from_secs(30),
        statement_cache: 100,
    };
    let db = Db::open(&store.url, &options).await.unwrap();
    db.migrate().await.unwrap();
    db
}

async fn acquire(db: &Db, job: &str, holder: &str, now: i64) -> bool {
    let conn = &mut db.write().await.unwrap();
    let (now, until) = (
        Timestamp::from_millis(now),
        Timestamp::from_millis(now + LENGTH),
    );
    job_leases::acquire(conn, job, holder, now, until)
        .await
        .unwrap()
}

async fn release(db: &Db, holder: &str) -> bool {
    let conn = &mut db.write().await.unwrap();
    job_leases::release(conn, JOB, holder).await.unwrap()
}

both_stores! {
    async fn one_holder_has_a_lease_until_it_ends(store: TestStore) {
        let db = open(&store).await;
        assert!(acquire(&db, JOB, "a", 1_000).await);
        assert!(!acquire(&db, JOB, "b", 1_000).await);
        assert!(!acquire(&db, JOB, "b", 1_000 + LENGTH - 1).await);
        assert!(acquire(&db, "another job", "b", 1_000).await);
        assert!(acquire(&db, JOB, "b", 1_000 + LENGTH).await);
        assert!(!acquire(&db, JOB, "a", 1_000 + LENGTH).await);
    }

    async fn the_holder_renews_its_lease(store: TestStore) {
        let db = open(&store).await;
        assert!(acquire(&db, JOB, "a", 1_000).await);
        assert!(acquire(&db, JOB, "a", 20_000).await);
        assert!(!acquire(&db, JOB, "b", 1_000 + LENGTH).await);
        assert!(acquire(&db, JOB, "b", 20_000 + LENGTH).await);
    }

    async fn only_the_holder_releases_a_lease(store: TestStore) {
        let db = open(&store).await;
        assert!(acquire(&db, JOB, "a", 1_000).await);
        assert!(!release(&db, "b").await);
        assert!(!acquire(&db, JOB, "b", 1_000).await);
        assert!(release(&db, "a").await);
        assert!(!release(&db, "a").await);
        assert!(acquire(&db, JOB, "b", 1_000).await);
    }

    async fn a_lease_from_before_the_clock_was_moved_back_counts_as_expired(store: TestStore) {
        let db = open(&store).await;
        assert!(acquire(&db, JOB, "a", 100 * LENGTH).await);
        assert!(acquire(&db, JOB, "b", 1_000).await);
        // The clock of another node may be behind by up to the length of a lease.
        assert!(!acquire(&db, JOB, "c", 1_000 - LENGTH).await);
    }

    async fn of_concurrent_requests_one_gets_the_lease(store: TestStore) {
        let db = open(&store).await;
        let attempts = (0..8).map(|node| {
            let db = db.clone();
            tokio::spawn(async move { acquire(&db, JOB, &node.to_string(), 1_000).await })
        });
        let mut acquired = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            acquired += usize::from(attempt.await.unwrap());
        }
        assert_eq!(acquired, 1);
    }
}
