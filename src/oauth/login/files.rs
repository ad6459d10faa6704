//! The style, the script and the pictures of login pages. Their names change with their contents.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::app::App;
use crate::flows::Result;
use crate::flows::oauth::clients;
use crate::flows::oauth::looks::{self, PageLook};
use crate::oauth::call::DomainCall;
use crate::oauth::errors;
use crate::pages::login::assets::{SCRIPT, STYLE, TextFile};
use crate::pages::login::branding::{Branding, PictureFile, picture_headers};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// `/assets/login-<version>.css` and `.js`, the same for all.
pub(in crate::oauth) async fn shared(Path((_, name)): Path<(String, String)>) -> Response {
    let is = |file: &TextFile, end| name == format!("login-{}.{end}", file.version());
    if is(&STYLE, "css") {
        text(CSS, &STYLE)
    } else if is(&SCRIPT, "js") {
        text(JAVASCRIPT, &SCRIPT)
    } else {
        not_found()
    }
}

/// `/assets/<app client>/branding-<version>.css` and `/assets/<app client>/logo`.
pub(in crate::oauth) async fn of_client(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    Path((_, client_id, name)): Path<(String, String, String)>,
) -> Response {
    let look = match look(&app, &call, &client_id).await {
        Ok(look) => look,
        Err(error) => return errors::failure(&error),
    };
    let branding = match &look {
        PageLook::Managed(branding) => {
            Branding::managed(branding.settings.as_ref(), &branding.assets)
        }
        PageLook::Classic(Some(look)) => {
            if let Some(image) = look.image.as_ref().filter(|_| name == "logo") {
                let media_type = (header::CONTENT_TYPE, image.format.media_type());
                return ([media_type, NO_SNIFFING], image.bytes.clone()).into_response();
            }
            Branding::classic(look, "/logo")
        }
        PageLook::Classic(None) | PageLook::None => return not_found(),
    };
    let style = branding.style.as_ref();
    let style = style.filter(|style| name == format!("branding-{}.css", style.version()));
    style.map_or_else(not_found, |style| text(CSS, style))
}

/// `/assets/<app client>/branding/<picture>`.
pub(in crate::oauth) async fn picture(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    Path((_, client_id, name)): Path<(String, String, String)>,
) -> Response {
    let look = match look(&app, &call, &client_id).await {
        Ok(look) => look,
        Err(error) => return errors::failure(&error),
    };
    let PageLook::Managed(branding) = look else {
        return not_found();
    };
    let found = branding.assets.iter().find_map(|asset| {
        let file = PictureFile::of(asset).filter(|file| file.id() == name)?;
        Some((file, BASE64_STANDARD.decode(&asset.bytes).ok()?))
    });
    match found {
        Some((file, bytes)) => (picture_headers(&file), bytes).into_response(),
        None => not_found(),
    }
}

async fn look(app: &App, call: &DomainCall, client_id: &str) -> Result<PageLook> {
    match clients::find(app, &call.domain.pool, client_id).await? {
        Some(found) => looks::of_client(app, &call.domain, &found.client).await,
        None => Ok(PageLook::None),
    }
}

const NO_SNIFFING: (header::HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

fn text(media_type: &'static str, file: &TextFile) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, file.content().to_owned()).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such file.\n").into_response()
}
