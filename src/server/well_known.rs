//! Discovery and keys of a user pool: `/{pool id}/.well-known/…` (behaviour 4.6).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::failure::Failure;
use crate::flows;
use crate::flows::discovery::{self, OpenIdConfiguration};

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
    if !is_pool_id(&pool_id) {
        return not_found(&pool_id);
    }
    match discovery::keys(&app, &pool_id).await {
        Ok(keys) => document(Bytes::from_owner(Arc::clone(&keys.jwks))),
        Err(error) => failure(&pool_id, &error),
    }
}

async fn openid_configuration(
    State(app): State<Arc<App>>,
    Path(pool_id): Path<String>,
) -> Response {
    if !is_pool_id(&pool_id) {
        return not_found(&pool_id);
    }
    match discovery::openid_configuration(&app, &pool_id).await {
        Ok(pool) => document(Bytes::from(openid_document(&pool).to_string())),
        Err(error) => failure(&pool_id, &error),
    }
}

/// The document (domain 6). A pool without a domain has no endpoints to name.
fn openid_document(pool: &OpenIdConfiguration) -> Value {
    let mut document = json!({
        "issuer": pool.issuer,
        "jwks_uri": pool.jwks_uri,
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "subject_types_supported": ["public"],
    });
    if let (Some(url), Some(members)) = (&pool.domain_url, document.as_object_mut()) {
        let of_domain = json!({
            "authorization_endpoint": format!("{url}/oauth2/authorize"),
            "code_challenge_methods_supported": ["S256"],
            "end_session_endpoint": format!("{url}/logout"),
            "request_uri_parameter_supported": false,
            "revocation_endpoint": format!("{url}/oauth2/revoke"),
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "token_endpoint": format!("{url}/oauth2/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": format!("{url}/oauth2/userInfo"),
        });
        members.extend(of_domain.as_object().cloned().unwrap_or_default());
    }
    document
}

/// Whether `text` has the form of a pool id. Other texts are not looked up: PostgreSQL refuses U+0000.
fn is_pool_id(text: &str) -> bool {
    text.len() <= 55
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The response with a document, which is JSON.
fn document(body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, CACHE_CONTROL_VALUE),
        // Browsers verify tokens too, and the documents are public.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, body).into_response()
}

/// The response that AWS gives for an unknown pool.
fn not_found(pool_id: &str) -> Response {
    let message = format!("User pool {pool_id} does not exist.");
    let headers = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    let body = Json(json!({ "message": message }));
    (StatusCode::NOT_FOUND, headers, body).into_response()
}

fn failure(pool_id: &str, error: &flows::Error) -> Response {
    match error {
        flows::Error::Refused(Failure::PoolNotFound(_)) => not_found(pool_id),
        flows::Error::Busy => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        flows::Error::Refused(_) | flows::Error::Stale | flows::Error::Internal(_) => {
            tracing::error!(?error, "a public document of a pool could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
