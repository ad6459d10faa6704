//! The import itself: it can be stopped, killed, and taken up by two nodes at once, and makes each row's user once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cognate::app::App;
use cognate::flows::import_jobs::import;
use cognate::store::user_import_jobs;
use serde_json::{Value, json};

use super::{
    IMPORT, STOPPED, SUCCEEDED, assert_ended, call, count, counts, created, described, ended, hold,
    let_go, log, many, started, upload, verifying_pool,
};
use crate::support::application::{open_app, test_config};
use crate::support::{
    Pool, ServerProcess, TestServer, TestStore, both_stores, several_nodes, wait,
};

/// Enough for an import to be caught in the middle.
const USERS: usize = 3_000;

/// The job once it has imported some users.
async fn begun(pool: &Pool, job: &Value) -> Value {
    wait::until("the first users", IMPORT, || async {
        let job = described(pool, job).await;
        (job["ImportedUsers"].as_i64() > Some(0)).then_some(job)
    })
    .await
}

/// Asserts that each row has one line in the log, in order.
#[track_caller]
fn assert_each_once(lines: &[String], rows: usize) {
    let expected: Vec<String> = (0..rows)
        .map(|row| {
            format!(
                "[SUCCEEDED] Line Number {} - The import succeeded.",
                row + 2
            )
        })
        .collect();
    assert_eq!(lines.len(), rows);
    assert!(
        lines == expected,
        "the log is not in order or has other lines"
    );
}

both_stores! {
    async fn a_stopped_import_keeps_what_it_has_made(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, many(USERS)).await;
        started(&pool, &job).await;
        let running = begun(&pool, &job).await;
        assert_eq!(running["Status"], "InProgress", "{running}");
        let stopping = call(&pool, "StopUserImportJob", &job).await.ok();
        assert_eq!(stopping["UserImportJob"]["Status"], "Stopping");
        let stopped = ended(&pool, &job).await;
        assert_ended(&stopped, "Stopped", STOPPED);
        let [imported, skipped, failed] = counts(&stopped);
        assert!(imported > 0 && imported < 3_000 && skipped == 0 && failed == 0, "{stopped}");
        let made = usize::try_from(imported).unwrap();
        assert_eq!(count(&server.store, "users").await, made);
        assert_each_once(&log(&server.store, &job).await, made);
        // The same file again skips what is there.
        let again = created(&pool, json!({})).await;
        upload(&pool, &again, many(made + 1 + made)).await;
        started(&pool, &again).await;
        let again = ended(&pool, &again).await;
        assert_ended(&again, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&again), [imported + 1, imported, 0]);
    }

    /// Killed twice in the middle, it ends with each user once.
    async fn a_killed_import_goes_on_where_it_stood(server: ServerProcess) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, many(USERS)).await;
        started(&pool, &job).await;
        for _ in 0..2 {
            let before = begun(&pool, &job).await["ImportedUsers"].as_i64();
            wait::until("more users", IMPORT, || async {
                (described(&pool, &job).await["ImportedUsers"].as_i64() > before).then_some(())
            }).await;
            server.kill();
            server.restart().await;
        }
        let done = ended(&pool, &job).await;
        assert_ended(&done, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&done), [3_000, 0, 0]);
        assert_eq!(count(&server.store, "users").await, USERS);
        assert_each_once(&log(&server.store, &job).await, USERS);
    }

    /// The imports of two pools go on side by side.
    async fn imports_of_several_pools_take_turns(server: TestServer) {
        let pools = [verifying_pool(&server, json!({})).await, verifying_pool(&server, json!({})).await];
        let mut jobs = Vec::new();
        for pool in &pools {
            let job = created(pool, json!({})).await;
            upload(pool, &job, many(USERS)).await;
            jobs.push(job);
        }
        hold(&server, &server.store).await;
        for (pool, job) in pools.iter().zip(&jobs) {
            started(pool, job).await;
        }
        let_go(&server.store).await;
        let sight = |job: Value| job["Status"] == "InProgress";
        wait::until("both to be in progress", IMPORT, || async {
            let both = [described(&pools[0], &jobs[0]).await, described(&pools[1], &jobs[1]).await];
            both.into_iter().all(sight).then_some(())
        }).await;
        for (pool, job) in pools.iter().zip(&jobs) {
            assert_eq!(counts(&ended(pool, job).await), [3_000, 0, 0]);
        }
    }
}

/// Imports on this node until nothing is active, whatever other nodes do.
async fn import_all(node: Arc<App>) {
    loop {
        let mut conn = node.db.read().await.unwrap();
        let jobs = user_import_jobs::list_active(&mut conn, "", 10).await;
        drop(conn);
        let jobs = jobs.unwrap();
        if jobs.is_empty() {
            return;
        }
        for job in jobs {
            // A transaction that another one was in the way of is repeated.
            let _ = import::take_up(&node, job).await;
        }
    }
}

several_nodes! {
    /// A node that has lost its lease and does not know it.
    async fn two_nodes_at_the_same_job_make_each_user_once(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, many(1_500)).await;
        hold(&server, &store).await;
        started(&pool, &job).await;
        let nodes = [open_app(test_config(&store)).await, open_app(test_config(&store)).await];
        let both = nodes.clone().map(|node| tokio::spawn(import_all(node)));
        for node in both {
            tokio::time::timeout(Duration::from_secs(120), node).await.unwrap().unwrap();
        }
        let done = described(&pool, &job).await;
        assert_ended(&done, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&done), [1_500, 0, 0]);
        assert_each_once(&log(&store, &job).await, 1_500);
        let names = store.ask("SELECT username FROM users").await;
        assert_eq!(names.len(), 1_500);
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>().len(), 1_500);
        for node in nodes {
            node.stop().await;
        }
        server.stop().await;
    }
}
