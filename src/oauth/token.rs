//! `POST /oauth2/token` (domain 3).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::call::DomainCall;
use super::errors;
use super::form::Form;
use crate::app::App;
use crate::domain::oauth_fault::OAuthFault;
use crate::flows::authentication::tokens::{IssuedToken, Tokens};
use crate::flows::oauth::code_exchange::{self, Exchange};
use crate::flows::oauth::{OAuthError, clients, tokens};

/// The grants that the endpoint knows.
enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
}

/// The answer with tokens.
#[derive(Serialize)]
struct TokenAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    expires_in: i64,
    token_type: &'static str,
}

impl<'a> TokenAnswer<'a> {
    fn of(tokens: &'a Tokens) -> Self {
        Self {
            id_token: tokens.id.as_ref().map(ExposeSecret::expose_secret),
            access_token: tokens.access.expose_secret(),
            refresh_token: tokens.refresh.as_ref().map(ExposeSecret::expose_secret),
            expires_in: tokens.expires_in,
            token_type: "Bearer",
        }
    }

    fn of_client(issued: &'a IssuedToken) -> Self {
        Self {
            id_token: None,
            access_token: issued.token.expose_secret(),
            refresh_token: None,
            expires_in: issued.lifetime,
            token_type: "Bearer",
        }
    }

    fn response(&self) -> Response {
        match serde_json::to_vec(self) {
            Ok(body) => {
                let content_type = (header::CONTENT_TYPE, "application/json;charset=UTF-8");
                ([content_type, (header::PRAGMA, "no-cache")], body).into_response()
            }
            Err(error) => errors::failure(&crate::flows::Error::Internal(error.into())),
        }
    }
}

/// Gives tokens for a code, a refresh token, or the client's own authentication.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let issued = issue(&app, &call, &headers, &body).await;
    issued.unwrap_or_else(|error| errors::refusal(&error))
}

async fn issue(
    app: &App,
    call: &DomainCall,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, OAuthError> {
    let form = Form::read(headers, body)?;
    let grant_type = match form.required("grant_type")? {
        "authorization_code" => GrantType::AuthorizationCode,
        "refresh_token" => GrantType::RefreshToken,
        "client_credentials" => GrantType::ClientCredentials,
        _ => return Err(OAuthFault::UnsupportedGrantType.into()),
    };
    let credentials = form.credentials(headers)?;
    let client_context = clients::authenticate(app, &call.domain.pool, &credentials).await?;
    let context = &call.context;
    match grant_type {
        GrantType::AuthorizationCode => {
            let code = SecretString::from(form.required("code")?.to_owned());
            let verifier = form.secret("code_verifier");
            let exchange = Exchange {
                code: &code,
                redirect_uri: form.required("redirect_uri")?,
                verifier: verifier.as_ref(),
            };
            let exchanged =
                code_exchange::exchange(app, context, &client_context, &exchange).await?;
            Ok(TokenAnswer::of(&exchanged).response())
        }
        GrantType::RefreshToken => {
            let token = SecretString::from(form.required("refresh_token")?.to_owned());
            let refreshed = tokens::refresh(app, context, &client_context, &token).await?;
            Ok(TokenAnswer::of(&refreshed).response())
        }
        GrantType::ClientCredentials => {
            let scopes = form.get("scope").map(|scopes| {
                let scopes = scopes.split_ascii_whitespace().map(str::to_owned);
                scopes.collect::<Vec<_>>()
            });
            let metadata = form.get("aws_client_metadata").map(metadata).transpose()?;
            let mut context = context.clone();
            context.client_metadata = metadata.unwrap_or_default();
            let issued =
                tokens::of_client(app, &context, &client_context, scopes.as_deref()).await?;
            Ok(TokenAnswer::of_client(&issued).response())
        }
    }
}

/// The `aws_client_metadata`, which are JSON.
fn metadata(text: &str) -> Result<BTreeMap<String, String>, OAuthFault> {
    serde_json::from_str(text).map_err(|_| OAuthFault::InvalidRequest)
}
