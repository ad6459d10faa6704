//! Renders a template as a response with the headers that protect a page.

use askama::Template;
use aws_lc_rs::digest;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The stylesheet and the script of a page, which its template embeds.
pub struct Assets {
    /// The contents of the `style` element.
    pub style: &'static str,
    /// The contents of the `script` element.
    pub script: &'static str,
}

impl Assets {
    /// The Content-Security-Policy that permits these assets by their hashes, and requests and forms to
    /// this server, but nothing else.
    fn content_security_policy(&self) -> String {
        let hash = |text: &str| {
            let digest = digest::digest(&digest::SHA256, text.as_bytes());
            format!("'sha256-{}'", BASE64_STANDARD.encode(digest))
        };
        format!(
            "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'",
            hash(self.script),
            hash(self.style),
        )
    }
}

/// The response with a page, which is not cached and runs nothing but its own script.
pub fn response(template: &impl Template, assets: &Assets) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let Ok(policy) = HeaderValue::try_from(assets.content_security_policy()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let fixed = HeaderValue::from_static;
    let headers = [
        (header::CACHE_CONTROL, fixed("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        // With `no-referrer` a browser would send the form of this very page with `Origin: null`.
        (header::REFERRER_POLICY, fixed("same-origin")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, Html(html)).into_response()
}
