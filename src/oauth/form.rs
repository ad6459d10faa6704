//! Forms: of the token endpoint and the revocation endpoint (domain 3.1), and of the login pages.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::domain::oauth_fault::OAuthFault;
use crate::flows::oauth::clients::ClientCredentials;

const FORM: &str = "application/x-www-form-urlencoded";

/// The most parameters of a form: more than any page has fields.
const MAX_PARAMETERS: usize = 120;

/// The parameters of a form, each once. They hold secrets, so that nothing prints them.
pub(super) struct Form {
    parameters: Vec<(String, Zeroizing<String>)>,
}

impl Form {
    /// # Errors
    /// [`OAuthFault::InvalidRequest`] if the body is no form, has a parameter twice, or more than a form has.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthFault> {
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_form = content_type.is_some_and(|value| {
            let name = value.split(';').next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case(FORM)
        });
        if !is_form || std::str::from_utf8(body).is_err() {
            return Err(OAuthFault::InvalidRequest);
        }
        let mut parameters: Vec<(String, Zeroizing<String>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body).into_owned() {
            // PostgreSQL refuses U+0000.
            let has_nul = name.contains('\0') || value.contains('\0');
            let is_repeated = parameters.iter().any(|(known, _)| *known == name);
            if is_repeated || has_nul || parameters.len() >= MAX_PARAMETERS {
                return Err(OAuthFault::InvalidRequest);
            }
            parameters.push((name, Zeroizing::new(value)));
        }
        Ok(Self { parameters })
    }

    /// The parameter, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(given, _)| given == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The parameter, which has to be there.
    ///
    /// # Errors
    /// [`OAuthFault::InvalidRequest`].
    pub fn required(&self, name: &str) -> Result<&str, OAuthFault> {
        self.get(name).ok_or(OAuthFault::InvalidRequest)
    }

    /// The parameter as a secret.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.get(name)
            .map(|value| SecretString::from(value.to_owned()))
    }

    /// What the app client authenticates with: the header, or the form.
    ///
    /// # Errors
    /// [`OAuthFault::InvalidClient`] if there is nothing, if the header cannot be read, or if both disagree;
    /// [`OAuthFault::InvalidRequest`] if both authenticate.
    pub fn credentials(&self, headers: &HeaderMap) -> Result<ClientCredentials, OAuthFault> {
        let fault = OAuthFault::InvalidClient;
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Ok(ClientCredentials {
                id: self.get("client_id").ok_or(fault)?.to_owned(),
                secret: self.secret("client_secret"),
            });
        };
        let text = header.to_str().ok().and_then(basic).ok_or(fault)?;
        let (id, secret) = text.split_once(':').ok_or(fault)?;
        // Some clients encode both, as RFC 6749 has it (2.3.1), and some do not. Neither has a `%` of its own, and a `+`
        // is one.
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(Cow::into_owned).map_err(|_| fault)
        };
        let (id, secret) = (decoded(id)?, Zeroizing::new(decoded(secret)?));
        if self.get("client_id").is_some_and(|given| given != id) {
            return Err(fault);
        }
        // RFC 6749, 2.3 and 5.2: one way of authenticating in a request.
        if self.get("client_secret").is_some() {
            return Err(OAuthFault::InvalidRequest);
        }
        Ok(ClientCredentials {
            id,
            secret: Some(SecretString::from(secret.as_str())),
        })
    }
}

/// What a header of the scheme Basic says.
fn basic(header: &str) -> Option<Zeroizing<String>> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}
