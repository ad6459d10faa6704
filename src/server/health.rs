//! Whether the process lives, and whether it should be sent requests.

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
const STORE_PATIENCE: Duration = Duration::from_secs(1);

/// Set once the server is stopping: load balancers are to look elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// The end has come.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// `/health/live` and `/health/ready`.
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
    match timeout(STORE_PATIENCE, db.ping()).await {
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
