//! `/oauth2/userInfo` (domain 4.1).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::call::DomainCall;
use super::errors;
use super::outcome::Outcome;
use crate::app::App;
use crate::domain::failure::Failure;
use crate::flows::Error;
use crate::flows::oauth::user_info;

/// The longest token that is read, in bytes.
const MAX_TOKEN_LENGTH: usize = 64 * 1024;
const BAD_REQUEST: &str = "Bad OAuth2 request at UserInfo Endpoint";
const ENDED: &str =
    "Access token is expired, disabled, or deleted, or the user has globally signed out.";
const NO_OPENID: &str = "Access token does not contain openid scope";

/// Says who the user of an access token is.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    headers: HeaderMap,
) -> Response {
    let Some(token) = bearer(&headers) else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", BAD_REQUEST);
    };
    let (context, pool) = (&call.context, &call.domain.pool);
    match user_info::user_info(&app, context, pool, &token).await {
        Ok(claims) => document(claims),
        Err(Error::Refused(Failure::AccessTokenScope)) => {
            refusal(StatusCode::UNAUTHORIZED, "invalid_token", NO_OPENID)
        }
        Err(Error::Refused(_)) => refusal(StatusCode::UNAUTHORIZED, "invalid_token", ENDED),
        Err(error @ (Error::Busy | Error::Stale | Error::Internal(_))) => errors::failure(&error),
    }
}

/// The token of the header, if it has the form of one.
fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let is_token = scheme.eq_ignore_ascii_case("bearer")
        && token.len() <= MAX_TOKEN_LENGTH
        && token.split('.').count() == 3;
    is_token.then(|| SecretString::from(token.to_owned()))
}

/// The claims in their order. All values are texts, the verified flags too, but for the address.
fn document(claims: Vec<(String, String)>) -> Response {
    let claims = claims.into_iter().map(|(name, value)| {
        let value = match name.as_str() {
            "address" => json!({ "formatted": value }),
            _ => Value::String(value),
        };
        (name, value)
    });
    let mut body = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut body);
    if let Err(error) = serde::Serializer::collect_map(&mut serializer, claims) {
        return errors::failure(&Error::Internal(error.into()));
    }
    let headers = [
        (header::CONTENT_TYPE, "application/json;charset=UTF-8"),
        (
            header::CACHE_CONTROL,
            "no-cache, no-store, max-age=0, must-revalidate",
        ),
        (header::PRAGMA, "no-cache"),
    ];
    (headers, body).into_response()
}

fn refusal(status: StatusCode, error: &'static str, description: &str) -> Response {
    let header = format!("error=\"{error}\", error_description=\"{description}\"");
    let body = Json(json!({ "error": error, "error_description": description }));
    let outcome = Extension(Outcome(error));
    (status, outcome, [(header::WWW_AUTHENTICATE, header)], body).into_response()
}
