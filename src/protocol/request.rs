//! The requirements on the HTTP request of an operation.
//!
//! Behaviour 1.3 gives the response to an unknown target. The other responses are this server's
//! own. SDKs do not cause them, people with a browser or curl do, so they have a text:
//! - another path than `/`: 404; another method than POST: 405 with `Allow`;
//! - another content type: 400. A web page can send some content types without a preflight, and such
//!   a request must not reach an operation.

use std::net::IpAddr;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};

use super::Error;
use crate::domain::time::Timestamp;
use crate::model::ErrorCode;
use crate::model::shapes::MODEL;

/// A received request, against which its signature is verified.
pub struct SignedRequest<'a> {
    /// `POST`.
    pub method: &'a Method,
    /// Path and query, still encoded.
    pub uri: &'a Uri,
    /// Every header, names in lower case.
    pub headers: &'a HeaderMap,
    /// The body, unchanged.
    pub body: &'a [u8],
    /// The server's time.
    pub now: Timestamp,
    /// The address that the request comes from; `None` if it did not come over a connection.
    pub source_address: Option<IpAddr>,
}

/// The name of the operation in `X-Amz-Target`.
///
/// # Errors
/// `UnknownOperationException` if the request does not name an operation of the service.
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

/// Whether the content type is AWS JSON 1.1, or 1.0, which the samples of the API reference use.
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
