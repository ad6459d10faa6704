//! The Prometheus recorder and its route.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the histogram of durations, in seconds: a read takes one to five
/// milliseconds, a sign-in with its hash some fifty.
const DURATIONS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// How often the recorder drains the samples of histograms.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The recorder of the process. It can be installed only once, so several servers in one process (as
/// in tests) share it.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// The recorder, which the first call installs.
///
/// # Errors
/// If another recorder is installed already.
pub fn recorder() -> anyhow::Result<&'static PrometheusHandle> {
    if let Some(handle) = RECORDER.get() {
        return Ok(handle);
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &DURATIONS)
        .context("cannot set up metrics")?
        .build_recorder();
    let handle = recorder.handle();
    let mut created = false;
    let handle = RECORDER.get_or_init(|| {
        created = true;
        handle
    });
    if created {
        metrics::set_global_recorder(recorder)
            .map_err(|_| anyhow::anyhow!("another metrics recorder is installed"))?;
        describe();
    }
    Ok(handle)
}

fn describe() {
    metrics::describe_gauge!("cognate_connections", "Open connections");
    metrics::describe_counter!(
        "cognate_requests_total",
        "Requests answered, by operation or route of a domain, and by outcome"
    );
    metrics::describe_histogram!(
        "cognate_request_duration_seconds",
        "Time from a request to its answer, by operation or route of a domain, and by outcome"
    );
    metrics::describe_counter!(
        "cognate_requests_shed_total",
        "Requests refused because too many were in flight"
    );
    metrics::describe_counter!(
        "cognate_connections_refused_total",
        "Connections closed at once because their peer had too many"
    );
    metrics::describe_counter!(
        "cognate_hashing_refused_total",
        "Password hashes and SRP exchanges refused for lack of a place in the queue, by queue and by \
         whether the caller was known"
    );
    metrics::describe_counter!(
        "cognate_job_runs_total",
        "Runs of jobs on this node, by job and outcome"
    );
    metrics::describe_counter!(
        "cognate_limit_refusals_total",
        "Attempts refused by a limit, by limit and by whose it was"
    );
    metrics::describe_counter!("cognate_panics_total", "Requests that ended in a panic");
}

/// The route `/metrics`.
pub fn router(handle: &'static PrometheusHandle) -> Router {
    let page = move || async move {
        (
            [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
            handle.render(),
        )
    };
    Router::new().route("/metrics", get(page))
}

/// Drains the samples of histograms at intervals, for ever.
pub async fn upkeep(handle: &'static PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}
