//! `POST /oauth2/revoke` (domain 4.2).

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::call::DomainCall;
use super::errors;
use super::form::Form;
use crate::app::App;
use crate::domain::oauth_fault::OAuthFault;
use crate::flows::oauth::{OAuthError, revocation};

/// Ends the session of a refresh token.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match revoke(&app, &call, &headers, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        // The only 401 of the endpoints that take forms.
        Err(OAuthError::Refused(fault @ OAuthFault::InvalidClient)) => {
            errors::fault_answer(StatusCode::UNAUTHORIZED, fault)
        }
        Err(error) => errors::refusal(&error),
    }
}

async fn revoke(
    app: &App,
    call: &DomainCall,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), OAuthError> {
    let form = Form::read(headers, body)?;
    let token = form.secret("token").ok_or(OAuthFault::InvalidRequest)?;
    let credentials = form.credentials(headers)?;
    let pool = &call.domain.pool;
    revocation::revoke(app, &call.context, pool, &credentials, &token).await
}
