//! The health endpoints for orchestrators and load balancers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::time::timeout;

use crate::app::App;
use crate::config::Config;

/// How long the store may take to answer.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long `cognate health` waits for the answer, which waits for the store.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// Whether the server is stopping. `/health/ready` then fails, so that load balancers send requests to
/// other nodes.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Marks the server as stopping.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The routes `/health/live`, which always answers 200, and `/health/ready`, which answers 503 while
/// the server is stopping, the store does not answer, or it has rows that are sealed under a master key which the
/// server does not have.
pub fn router(app: Arc<App>, draining: Draining) -> Router {
    Router::new()
        .route(
            "/health/live",
            get(|| async { status(StatusCode::OK, "live") }),
        )
        .route("/health/ready", get(ready))
        .with_state((app, draining))
}

async fn ready(State((app, draining)): State<(Arc<App>, Draining)>) -> Response {
    if draining.has_begun() {
        return status(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    if !app.caches.keys.has_every_master_key() {
        // The job that found it has logged it.
        return status(StatusCode::SERVICE_UNAVAILABLE, "master key missing");
    }
    match timeout(STORE_TIMEOUT, app.db.ping()).await {
        Ok(Ok(())) => status(StatusCode::OK, "ready"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the store does not answer");
            status(StatusCode::SERVICE_UNAVAILABLE, "store failed")
        }
        Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "store silent"),
    }
}

/// Asks the server of `config`, which runs on this machine, whether it is ready.
///
/// # Errors
/// That it is not, or does not answer.
pub async fn ask(config: &Config) -> anyhow::Result<()> {
    // reqwest uses the provider of the process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut address = config.server.listen;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    let url = format!("{}/health/ready", config.url_of(address));
    let client = reqwest::Client::builder()
        .timeout(ASK_TIMEOUT)
        .no_proxy()
        // The certificate is for the public name, not for the address of this machine.
        .danger_accept_invalid_certs(true)
        .build()
        .context("cannot ask")?;
    let answer = client
        .get(&url)
        .send()
        .await
        .map_err(reqwest::Error::without_url)
        .with_context(|| format!("no answer from {url}"))?;
    let status = answer.status();
    anyhow::ensure!(status.is_success(), "not ready: {url} answers {status}");
    Ok(())
}

fn status(code: StatusCode, word: &str) -> Response {
    (code, Json(json!({ "status": word }))).into_response()
}
