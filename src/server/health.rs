//! The health endpoints for orchestrators and load balancers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::time::timeout;

use crate::store::Db;

/// How long the store may take to answer.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

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
/// the server is stopping or the store does not answer.
pub fn router(db: Db, draining: Draining) -> Router {
    Router::new()
        .route(
            "/health/live",
            get(|| async { status(StatusCode::OK, "live") }),
        )
        .route("/health/ready", get(ready))
        .with_state((db, draining))
}

async fn ready(State((db, draining)): State<(Db, Draining)>) -> Response {
    if draining.has_begun() {
        return status(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match timeout(STORE_TIMEOUT, db.ping()).await {
        Ok(Ok(())) => status(StatusCode::OK, "ready"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the store does not answer");
            status(StatusCode::SERVICE_UNAVAILABLE, "store failed")
        }
        Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "store silent"),
    }
}

fn status(code: StatusCode, word: &str) -> Response {
    (code, Json(json!({ "status": word }))).into_response()
}
