//! Jobs of several nodes on one database: the holder of a job's lease runs it. Each test moves the
//! nodes' clocks instead of waiting.

use std::sync::Arc;
use std::time::Duration;

use cognate::app::App;
use cognate::jobs::{self, Job, JobRunner, Placement};

use crate::support::application::{open_app, test_config};
use crate::support::{TestStore, both_stores, several_nodes, wait};

const SINGLE: Job = Job {
    name: "single",
    interval: Duration::from_secs(60),
    placement: Placement::OneNode,
    run: |_| Box::pin(async { Ok(()) }),
};
/// Longer than a lease of [`SINGLE`], in seconds.
const LEASE_OVER: i64 = 181;

/// A node: its state, and the runner of its jobs.
async fn node(store: &TestStore) -> (Arc<App>, JobRunner) {
    let app = open_app(test_config(store)).await;
    let runner = JobRunner::new(Arc::clone(&app));
    (app, runner)
}

async fn runs(runner: &JobRunner) -> bool {
    runner.run_once(&SINGLE).await.unwrap()
}

several_nodes! {
    async fn one_node_runs_a_job_and_keeps_it(store: TestStore) {
        let ((first_app, first), (second_app, second)) = (node(&store).await, node(&store).await);
        assert!(runs(&first).await);
        assert!(!runs(&second).await);
        // The holder renews its lease with each run.
        for _ in 0..3 {
            first_app.clock.advance(60);
            second_app.clock.advance(60);
            assert!(runs(&first).await);
            assert!(!runs(&second).await);
        }
        first_app.stop().await;
        second_app.stop().await;
    }

    async fn another_node_takes_a_job_over_when_its_holder_stops(store: TestStore) {
        let ((first_app, first), (second_app, second)) = (node(&store).await, node(&store).await);
        assert!(runs(&first).await);
        first.release(&SINGLE).await.unwrap();
        first_app.stop().await;
        assert!(runs(&second).await);
        second_app.stop().await;
    }

    async fn another_node_takes_a_job_over_when_the_lease_of_a_dead_holder_ends(store: TestStore) {
        let ((first_app, first), (second_app, second)) = (node(&store).await, node(&store).await);
        assert!(runs(&first).await);
        first_app.stop().await;
        second_app.clock.advance(LEASE_OVER - 2);
        assert!(!runs(&second).await);
        second_app.clock.advance(2);
        assert!(runs(&second).await);
        second_app.stop().await;
    }

    async fn a_lease_from_a_clock_that_was_moved_ahead_does_not_last(store: TestStore) {
        let ((first_app, first), (second_app, second)) = (node(&store).await, node(&store).await);
        first_app.clock.advance(365 * 86_400);
        assert!(runs(&first).await);
        first_app.stop().await;
        assert!(runs(&second).await);
        second_app.stop().await;
    }

    async fn a_started_runner_releases_its_leases_when_it_stops(store: TestStore) {
        let ((first_app, first), (second_app, second)) = (node(&store).await, node(&store).await);
        let running = first.start(&[SINGLE]);
        wait::until("the first run", Duration::from_secs(20), || async {
            let held = store.ask("SELECT holder FROM job_leases").await;
            (!held.is_empty()).then_some(())
        })
        .await;
        assert!(!runs(&second).await);
        running.stop(Duration::from_secs(20)).await;
        assert!(runs(&second).await);
        first_app.stop().await;
        second_app.stop().await;
    }
}

both_stores! {
    async fn every_job_of_the_server_runs(store: TestStore) {
        let (app, runner) = node(&store).await;
        for job in &jobs::ALL {
            assert!(runner.run_once(job).await.unwrap(), "{}", job.name);
        }
        app.stop().await;
    }

    async fn a_job_for_every_node_needs_no_lease(store: TestStore) {
        let (app, runner) = node(&store).await;
        let other = JobRunner::new(Arc::clone(&app));
        let job = Job { placement: Placement::EveryNode, ..SINGLE };
        assert!(runner.run_once(&job).await.unwrap());
        assert!(other.run_once(&job).await.unwrap());
        assert_eq!(store.ask("SELECT name FROM job_leases").await, [""; 0]);
        app.stop().await;
    }
}
