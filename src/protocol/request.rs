//! What the HTTP request around an operation's body must look like.
//!
//! The behaviour page says what an unknown target answers. The rest is ours to decide, and goes
//! to people with a browser or curl, since no SDK gets it wrong; so these answers carry a text:
//! - another path than `/`: 404; another method than POST: 405 with `Allow`;
//! - another content type: 400. It is checked although the body would be JSON all the same,
//!   because the types that a web page may send without a preflight must not reach an operation.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};

use super::Error;
use crate::domain::time::Timestamp;
use crate::model::ErrorCode;
use crate::model::shapes::MODEL;

/// What a signature is checked against: the request as it came.
pub struct SignedRequest<'a> {
    /// `POST`.
    pub method: &'a Method,
    /// Path and query, still encoded.
    pub uri: &'a Uri,
    /// Every header, names in lower case.
    pub headers: &'a HeaderMap,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The server's time.
    pub now: Timestamp,
}

/// The name in `X-Amz-Target`.
///
/// # Errors
/// `UnknownOperationException` when the request is for no operation of the service.
pub(super) fn target<'a>(
    method: &Method,
    uri: &Uri,
    headers: &'a HeaderMap,
) -> Result<&'a str, Error> {
    let unknown = |text: &str| Error::new(ErrorCode::UnknownOperationException, text);
    if uri.path() != "/" {
        return Err(
            unknown("There is nothing at this path. Operations are posted to /.")
                .with_status(StatusCode::NOT_FOUND),
        );
    }
    if method != Method::POST {
        return Err(unknown("Operations are requested with POST.")
            .with_status(StatusCode::METHOD_NOT_ALLOWED));
    }
    let name = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.strip_prefix(MODEL.target_prefix.as_str()))
        .and_then(|rest| rest.strip_prefix('.'))
        .ok_or_else(|| Error::bare(ErrorCode::UnknownOperationException))?;
    if !is_aws_json(headers) {
        return Err(unknown(
            "The Content-Type must be application/x-amz-json-1.1.",
        ));
    }
    Ok(name)
}

/// The API reference shows 1.0 in its samples, so that passes too.
fn is_aws_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim())
        .is_some_and(|media_type| {
            media_type.eq_ignore_ascii_case("application/x-amz-json-1.1")
                || media_type.eq_ignore_ascii_case("application/x-amz-json-1.0")
        })
}
