//! The style, the script and the pictures of login pages. Their names change with their contents.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::app::App;
use crate::domain::app_client::AppClient;
use crate::flows::Result;
use crate::flows::oauth::clients;
use crate::flows::oauth::looks;
use crate::oauth::call::DomainCall;
use crate::oauth::errors;
use crate::oauth::login::look::ClientLook;
use crate::pages::login::assets::{SCRIPT, STYLE, TextFile};
use crate::pages::login::branding::{PictureFile, picture_headers};

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
    let found = if name == "logo" {
        logo(&app, &call, &client_id).await
    } else {
        style(&app, &call, &client_id, &name).await
    };
    answer(found)
}

/// `/assets/<app client>/branding/<picture>`.
pub(in crate::oauth) async fn picture(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    Path((_, client_id, name)): Path<(String, String, String)>,
) -> Response {
    answer(branding_picture(&app, &call, &client_id, &name).await)
}

fn answer(found: Result<Option<Response>>) -> Response {
    match found {
        Ok(response) => response.unwrap_or_else(not_found),
        Err(error) => errors::failure(&error),
    }
}

async fn client(app: &App, call: &DomainCall, id: &str) -> Result<Option<Arc<AppClient>>> {
    let found = clients::find(app, &call.domain.pool, id).await?;
    Ok(found.map(|found| found.client))
}

async fn logo(app: &App, call: &DomainCall, client_id: &str) -> Result<Option<Response>> {
    let Some(client) = client(app, call, client_id).await? else {
        return Ok(None);
    };
    let image = looks::logo(app, &call.domain, &client).await?;
    Ok(image.map(|image| {
        let media_type = (header::CONTENT_TYPE, image.format.media_type());
        ([media_type, NO_SNIFFING], image.bytes).into_response()
    }))
}

async fn style(
    app: &App,
    call: &DomainCall,
    client_id: &str,
    name: &str,
) -> Result<Option<Response>> {
    let of = |look: &ClientLook| {
        let style = look.branding.style.as_ref();
        let style = style.filter(|style| name == format!("branding-{}.css", style.version()));
        style.map(|style| text(CSS, style))
    };
    let Some(client) = client(app, call, client_id).await? else {
        return Ok(None);
    };
    find_in_look(app, call, &client, of).await
}

async fn branding_picture(
    app: &App,
    call: &DomainCall,
    client_id: &str,
    name: &str,
) -> Result<Option<Response>> {
    let of = |look: &ClientLook| {
        let (category, color_mode) = look.picture(name)?;
        Some((category.to_owned(), color_mode.to_owned()))
    };
    let Some(client) = client(app, call, client_id).await? else {
        return Ok(None);
    };
    let Some((category, color_mode)) = find_in_look(app, call, &client, of).await? else {
        return Ok(None);
    };
    let key = (category.as_str(), color_mode.as_str());
    let asset = looks::picture(app, &call.domain, &client, key).await?;
    Ok(asset.and_then(|asset| {
        let file = PictureFile::of(&asset).filter(|file| file.id() == name)?;
        let bytes = BASE64_STANDARD.decode(&asset.bytes).ok()?;
        Some((picture_headers(&file), bytes).into_response())
    }))
}

/// What `find` finds in the look of the client's pages. Where this node remembers a look without it, another node may
/// have made the page that asks, of a newer look, so that the store is asked too.
async fn find_in_look<T>(
    app: &App,
    call: &DomainCall,
    client: &AppClient,
    find: impl Fn(&ClientLook) -> Option<T>,
) -> Result<Option<T>> {
    let known = call.look(app, client).await?;
    if let Some(found) = known.as_deref().and_then(&find) {
        return Ok(Some(found));
    }
    let stored = call.look_anew(app, client).await?;
    Ok(stored.as_deref().and_then(find))
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
