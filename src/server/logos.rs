//! Logos of login pages: `/{pool id}/{app client id or ALL}/{version}/assets/images/image.jpg` (administration 6.2).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::flows::{self, ui_customization};

/// How long browsers may keep a logo. A new one has another address, unless it comes within the same second.
const CACHE_CONTROL_VALUE: &str = "public, max-age=300";
/// The longest id of a pool, of an app client, and the longest version.
const MAX_ID: usize = 128;

/// The route of every logo.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(
            "/{pool_id}/{client_id}/{version}/assets/images/image.jpg",
            get(logo),
        )
        .with_state(app)
}

/// The logo that is set now, whichever version is asked for: pages that were made before go on having one.
async fn logo(
    State(app): State<Arc<App>>,
    Path((pool_id, client_id, _version)): Path<(String, String, String)>,
) -> Response {
    // Other texts are not looked up: PostgreSQL refuses U+0000.
    if !is_id(&pool_id) || !is_id(&client_id) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let client_id = Some(client_id.as_str()).filter(|id| *id != "ALL");
    match ui_customization::image(&app, &pool_id, client_id).await {
        Ok(Some(image)) => {
            let headers = [
                (header::CONTENT_TYPE, image.format.media_type()),
                (header::CACHE_CONTROL, CACHE_CONTROL_VALUE),
                // The file is what an administrator has uploaded, and nothing but a picture.
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; sandbox",
                ),
            ];
            (headers, image.bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(flows::Error::Busy) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(
            error @ (flows::Error::Refused(_) | flows::Error::Stale | flows::Error::Internal(_)),
        ) => {
            tracing::error!(?error, "a logo cannot be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn is_id(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+".contains(&byte);
    text.len() <= MAX_ID && text.bytes().all(known)
}
