//! Discovery and keys of a user pool: `/{pool id}/.well-known/…` (behaviour 4.6).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::app::App;
use crate::flows::{self, signing_keys};
use crate::store;

/// How long clients may cache the documents. A rotated key stays in the JWKS for much longer.
const CACHE_CONTROL_VALUE: &str = "public, max-age=300";

/// Routes of every pool's public documents.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/{pool_id}/.well-known/jwks.json", get(jwks))
        .route(
            "/{pool_id}/.well-known/openid-configuration",
            get(openid_configuration),
        )
        .with_state(app)
}

async fn jwks(State(app): State<Arc<App>>, Path(pool_id): Path<String>) -> Response {
    if !may_be_pool_id(&pool_id) {
        return not_found();
    }
    match signing_keys::of_pool(&app, &pool_id, app.clock.now()).await {
        Ok(Some(keys)) => document(&json!({ "keys": keys.jwks })),
        Ok(None) => not_found(),
        Err(error) => failed(&error),
    }
}

async fn openid_configuration(
    State(app): State<Arc<App>>,
    Path(pool_id): Path<String>,
) -> Response {
    if !may_be_pool_id(&pool_id) {
        return not_found();
    }
    let pool = async { store::user_pools::find(&mut app.db.read().await?, &pool_id).await };
    match pool.await {
        Ok(Some(pool)) => document(&json!({
            "issuer": app.issuer(&pool.region, &pool.id),
            "jwks_uri": format!("{}/{}/.well-known/jwks.json", app.public_url, pool.id),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "token"],
            "subject_types_supported": ["public"],
        })),
        Ok(None) => not_found(),
        Err(error) => failed(&error.into()),
    }
}

/// Whether `text` has the form of a pool id. Other texts are not looked up: PostgreSQL refuses U+0000.
fn may_be_pool_id(text: &str) -> bool {
    text.len() <= 55
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn document(body: &Value) -> Response {
    let headers = [
        (header::CACHE_CONTROL, CACHE_CONTROL_VALUE),
        // Browsers verify tokens too, and the documents are public.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Json(body)).into_response()
}

fn not_found() -> Response {
    let body = Json(json!({ "message": "There is no such user pool." }));
    (
        StatusCode::NOT_FOUND,
        [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")],
        body,
    )
        .into_response()
}

fn failed(error: &flows::Error) -> Response {
    tracing::error!(?error, "a pool's public document could not be made");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
