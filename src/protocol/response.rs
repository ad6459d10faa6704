//! Bodies and headers of responses, including CORS (behaviour 1.1, 1.2 and 1.7).

use axum::body::Bytes;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ALLOW,
    CONTENT_TYPE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use uuid::Uuid;

use super::Error;
use crate::model::ErrorCode;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");

/// The longest error message in a header, in characters. Clients refuse long headers (Node.js: 16 KiB for
/// all together). The body has the whole message.
const MAX_HEADER_MESSAGE: usize = 1024;

/// The response of an operation that succeeded.
pub(super) fn success(request_id: Uuid, body: Bytes) -> Response<Bytes> {
    answer(StatusCode::OK, request_id, body)
}

/// The response with an error, of an operation or of a request that was refused before it.
#[must_use]
pub fn failure(request_id: Uuid, error: &Error) -> Response<Bytes> {
    let body = Bytes::from(error.body(request_id).to_string());
    let mut response = answer(error.status(), request_id, body);
    let headers = response.headers_mut();
    // The trailing colon is AWS's: it separates an empty namespace.
    insert(headers, ERROR_TYPE, &format!("{}:", error.code().as_str()));
    if let Some(message) = error.wire_message(request_id)
        && let Ok(value) = HeaderValue::from_bytes(&header_text(&message))
    {
        headers.insert(ERROR_MESSAGE, value);
    }
    if error.status() == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    response
}

/// The response to a body above the size limit. AWS's response is not known; 413 tells proxies and
/// SDKs not to retry.
#[must_use]
pub fn too_large(request_id: Uuid) -> Response<Bytes> {
    let code = ErrorCode::RequestEntityTooLargeException;
    failure(
        request_id,
        &Error::new(code, "The request body is too large."),
    )
}

/// The response after an internal error outside of an operation, a panic for example.
#[must_use]
pub fn internal_failure(request_id: Uuid) -> Response<Bytes> {
    failure(request_id, &Error::internal())
}

/// The response to a CORS preflight. Every origin and header is permitted, since no operation
/// authenticates by a cookie.
pub(super) fn preflight(request_id: Uuid, request_headers: &HeaderMap) -> Response<Bytes> {
    let mut response = answer(StatusCode::OK, request_id, Bytes::new());
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
    if let Some(names) = request_headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

fn answer(status: StatusCode, request_id: Uuid, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    insert(headers, REQUEST_ID, &request_id.to_string());
    // Also for errors, which a browser would hide from the page otherwise.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
    );
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// A text in Latin-1: control characters become spaces, characters outside of Latin-1 become `?`.
fn header_text(text: &str) -> Vec<u8> {
    text.chars()
        .take(MAX_HEADER_MESSAGE)
        .map(|character| match u8::try_from(u32::from(character)) {
            Ok(byte) if character.is_control() && byte < 0x80 => b' ',
            Ok(byte) if !character.is_control() => byte,
            _ => b'?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_fits_a_header() {
        assert_eq!(
            header_text("user.name: a\nuser.b: c\n"),
            b"user.name: a user.b: c "
        );
        assert_eq!(header_text("Zoë \u{85}日\0\u{7f}"), b"Zo\xeb ??  ");
        assert_eq!(header_text(&"x".repeat(5000)).len(), MAX_HEADER_MESSAGE);
    }

    #[test]
    fn an_error_has_its_headers() {
        let error = Error::new(
            ErrorCode::NotAuthorizedException,
            "Incorrect username or password.",
        );
        let response = failure(Uuid::nil(), &error);
        assert_eq!(response.status(), 400);
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(header("x-amzn-errortype"), "NotAuthorizedException:");
        assert_eq!(
            header("x-amzn-errormessage"),
            "Incorrect username or password."
        );
        assert_eq!(header("x-amzn-requestid"), Uuid::nil().to_string());
        assert_eq!(header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(header("access-control-allow-origin"), "*");
    }

    #[test]
    fn a_body_beyond_the_limit_has_an_answer() {
        let response = too_large(Uuid::nil());
        assert_eq!(response.status(), 413);
        assert!(
            response
                .body()
                .starts_with(b"{\"__type\":\"RequestEntityTooLargeException\"")
        );
    }
}
