//! Verification of AWS Signature Version 4, for the operations that administrators call.
//!
//! The rules are those of the "Create a signed AWS API request" page of the IAM user guide. The texts
//! of the errors are AWS's (behaviour 1.5). The work before the access key is found is bounded by the
//! size of one header.

mod any_credentials;
mod signature_error;
mod signer;
mod stored_keys;
#[cfg(test)]
mod tests;

use aws_lc_rs::{digest, hmac};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, DATE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

pub use any_credentials::AnyCredentials;
pub use signature_error::SignatureError;
pub use signer::Signer;
pub use stored_keys::{NoStoredKeys, StoredKeys};

use super::{Caller, SignedRequest};
use crate::domain::time::Timestamp;

/// All but unreserved characters (RFC 3986, 2.3).
const QUERY_ENCODING: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const PATH_ENCODING: &AsciiSet = &QUERY_ENCODING.remove(b'/');

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "cognito-idp";
const TERMINATOR: &str = "aws4_request";
const AMZ_DATE: &str = "x-amz-date";
const AMZ_TARGET: &str = "x-amz-target";
const AMZ_SECURITY_TOKEN: &str = "x-amz-security-token";

/// The longest accepted `Authorization` header. Signers need a few hundred bytes.
const MAX_AUTHORIZATION_BYTES: usize = 4096;
/// The most signed headers. SDKs sign about ten.
const MAX_SIGNED_HEADERS: usize = 64;
/// The greatest difference between the clocks of client and server, in either direction.
const SKEW_SECONDS: i64 = 5 * 60;

/// An access key of an administrator.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The id, which is sent with requests.
    pub id: String,
    /// The secret, which signs them.
    pub secret: SecretString,
}

/// The accepted credentials.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Signatures by one of these keys.
    Keys(Vec<AccessKey>),
    /// Any, for the development profile, while no key is stored either: neither signature nor date is verified, and
    /// what a web page or a machine of another network may have sent is refused.
    Any(AnyCredentials),
}

/// Verifies signatures.
#[derive(Clone, Debug)]
pub struct SigV4Verifier {
    /// The accepted credentials.
    pub credentials: Credentials,
    /// The region of every request, whatever its scope says; `None` lets the scope decide.
    pub only_region: Option<String>,
}

impl SigV4Verifier {
    /// The signer of `received`, by one of the keys of the configuration or of `stored`. `now` is the time of the
    /// system clock, and not `received.now`, whose clock a test may have moved: the client's clock has not moved
    /// with it.
    ///
    /// # Errors
    /// See [`SignatureError`].
    pub fn verify(
        &self,
        received: &SignedRequest<'_>,
        stored: &impl StoredKeys,
        now: Timestamp,
    ) -> Result<Caller, SignatureError> {
        let (header, secret) = self.check_head(received, stored, now)?;
        if let Some(secret) = secret {
            let expected = header.signature_with(secret, received)?;
            if !bool::from(expected.as_bytes().ct_eq(header.signature.as_bytes())) {
                return Err(SignatureError::Mismatch);
            }
        }
        Ok(Caller {
            access_key_id: header.access_key_id.to_owned(),
            region: match &self.only_region {
                Some(region) => region.clone(),
                None => header.region.to_owned(),
            },
        })
    }

    /// Whether the verdict on `received` depends on the stored keys. It does not where the header alone is refused,
    /// or names a key of the configuration.
    #[must_use]
    pub fn asks_for_stored_keys(&self, received: &SignedRequest<'_>) -> bool {
        let header = AuthorizationHeader::parse(received.headers);
        let Ok(header) = header.and_then(|header| header.check_scope(received).map(|()| header))
        else {
            return false;
        };
        self.configured_secret(header.access_key_id).is_none()
    }

    /// What [`SigV4Verifier::verify`] checks without the body: everything but the signature itself. Returns the
    /// secret that the signature is to be made with, unless any credentials are accepted.
    ///
    /// # Errors
    /// As [`SigV4Verifier::verify`].
    pub fn check_head<'r, 'k>(
        &'k self,
        received: &SignedRequest<'r>,
        stored: &'k impl StoredKeys,
        now: Timestamp,
    ) -> Result<(AuthorizationHeader<'r>, Option<&'k SecretString>), SignatureError> {
        let header = AuthorizationHeader::parse(received.headers)?;
        header.check_scope(received)?;
        if let Credentials::Any(any) = &self.credentials
            && stored.is_empty()
        {
            any.permit(received)?;
            return Ok((header, None));
        }
        let secret = self
            .configured_secret(header.access_key_id)
            .or_else(|| stored.secret(header.access_key_id));
        // A session token belongs to temporary credentials, which this server does not issue.
        let secret = secret
            .filter(|_| !received.headers.contains_key(AMZ_SECURITY_TOKEN))
            .ok_or(SignatureError::UnknownKey)?;
        header.check_date(now)?;
        Ok((header, Some(secret)))
    }

    fn configured_secret(&self, id: &str) -> Option<&SecretString> {
        match &self.credentials {
            Credentials::Any(_) => None,
            Credentials::Keys(keys) => keys.iter().find(|key| key.id == id).map(|key| &key.secret),
        }
    }
}

/// The contents of the `Authorization` header and the date of the request, not verified.
pub struct AuthorizationHeader<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
    /// The request's time as `YYYYMMDDTHHMMSSZ`.
    time: String,
    at: Timestamp,
}

impl<'a> AuthorizationHeader<'a> {
    fn parse(headers: &'a HeaderMap) -> Result<Self, SignatureError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let header = values.next().ok_or(SignatureError::Missing)?;
        if header.is_empty() {
            return Err(SignatureError::Missing);
        }
        if values.next().is_some() || header.len() > MAX_AUTHORIZATION_BYTES {
            return Err(SignatureError::Incomplete(
                "Authorization header must be given once and be no longer than 4096 bytes."
                    .to_owned(),
            ));
        }
        let header = header.to_str().map_err(|_| {
            SignatureError::Incomplete("Authorization header must be printable ASCII.".to_owned())
        })?;

        let mut parameters = header
            .split([' ', ',', '\t'])
            .filter(|part| !part.is_empty());
        let known_algorithm = parameters.next() == Some(ALGORITHM);
        let (mut credential, mut signature, mut signed_headers) = (None, None, None);
        for parameter in parameters.filter(|_| known_algorithm) {
            let (name, value) = parameter.split_once('=').ok_or_else(|| {
                SignatureError::Incomplete(format!(
                    "'{parameter}' not a valid key=value pair (missing equal-sign) in \
                     Authorization header: '{header}'."
                ))
            })?;
            let slot = match name {
                "Credential" => &mut credential,
                "Signature" => &mut signature,
                "SignedHeaders" => &mut signed_headers,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(SignatureError::Incomplete(format!(
                    "Authorization header has more than one '{name}' parameter. \
                     Authorization={header}"
                )));
            }
        }
        let date = headers.get(AMZ_DATE).or_else(|| headers.get(DATE));
        let (Some(credential), Some(signature), Some(signed_headers), Some(date)) = (
            credential.filter(|value| !value.is_empty()),
            signature.filter(|value| !value.is_empty()),
            signed_headers.filter(|value| !value.is_empty()),
            date,
        ) else {
            let mut message = String::new();
            for (name, value) in [
                ("Credential", credential),
                ("Signature", signature),
                ("SignedHeaders", signed_headers),
            ] {
                if value.is_none_or(str::is_empty) {
                    message.push_str(&format!(
                        "Authorization header requires '{name}' parameter. "
                    ));
                }
            }
            if date.is_none() {
                message.push_str(
                    "Authorization header requires existence of either a 'X-Amz-Date' or a \
                     'Date' header. ",
                );
            }
            message.push_str(&format!("Authorization={header}"));
            return Err(SignatureError::Incomplete(message));
        };

        let mut elements = credential.split('/');
        let scope = [(); 5].map(|()| elements.next());
        let (
            [
                Some(access_key_id),
                Some(day),
                Some(region),
                Some(service),
                Some(terminator),
            ],
            None,
        ) = (scope, elements.next())
        else {
            return Err(SignatureError::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            )));
        };
        let date = date.to_str().unwrap_or_default();
        let at = time_of(date).ok_or_else(|| {
            SignatureError::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{date}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            ))
        })?;
        Ok(Self {
            access_key_id,
            date: day,
            region,
            service,
            terminator,
            signed_headers,
            signature,
            time: basic_format(at),
            at,
        })
    }

    /// Checks the scope and the signed headers, which needs no key.
    fn check_scope(&self, received: &SignedRequest<'_>) -> Result<(), SignatureError> {
        if self.terminator != TERMINATOR {
            return Err(SignatureError::Invalid(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'. ",
                self.terminator
            )));
        }
        if self.service != SERVICE {
            return Err(SignatureError::Invalid(format!(
                "Credential should be scoped to correct service: '{SERVICE}'. "
            )));
        }
        let is_region = (1..=32).contains(&self.region.len())
            && self
                .region
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_region {
            return Err(SignatureError::Invalid(format!(
                "Credential should be scoped to a valid region, not '{}'. ",
                self.region
            )));
        }
        let today = self.time.split('T').next().unwrap_or_default();
        if self.date != today {
            return Err(SignatureError::Invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{today}', from '{}'.",
                self.date, self.time
            )));
        }
        let signed: Vec<&str> = self.signed_headers.split(';').collect();
        if signed.len() > MAX_SIGNED_HEADERS {
            return Err(SignatureError::Mismatch);
        }
        let unsigned = |name: &str| !signed.contains(&name);
        if unsigned("host") && unsigned(":authority") {
            return Err(SignatureError::Invalid(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
                    .to_owned(),
            ));
        }
        // An unsigned target or date could be replaced by anyone who sees the request.
        let date = if received.headers.contains_key(AMZ_DATE) {
            (AMZ_DATE, "X-Amz-Date")
        } else {
            ("date", "Date")
        };
        for (name, shown) in [date, (AMZ_TARGET, "X-Amz-Target")] {
            if received.headers.contains_key(name) && unsigned(name) {
                return Err(SignatureError::Invalid(format!(
                    "'{shown}' must be a 'SignedHeader' in the AWS Authorization."
                )));
            }
        }
        Ok(())
    }

    fn check_date(&self, now: Timestamp) -> Result<(), SignatureError> {
        let earliest = now.plus_seconds(-SKEW_SECONDS);
        let latest = now.plus_seconds(SKEW_SECONDS);
        if self.at.seconds() < earliest.seconds() {
            return Err(SignatureError::Invalid(format!(
                "Signature expired: {} is now earlier than {} ({} - 5 min.)",
                self.time,
                basic_format(earliest),
                basic_format(now)
            )));
        }
        if self.at.seconds() > latest.seconds() {
            return Err(SignatureError::Invalid(format!(
                "Signature not yet current: {} is still later than {} ({} + 5 min.)",
                self.time,
                basic_format(latest),
                basic_format(now)
            )));
        }
        Ok(())
    }

    /// The signature of the request under `secret`, in lower-case hexadecimal.
    fn signature_with(
        &self,
        secret: &SecretString,
        received: &SignedRequest<'_>,
    ) -> Result<String, SignatureError> {
        let request =
            canonical_request(self.signed_headers, received).ok_or(SignatureError::Mismatch)?;
        let request = hex::encode(digest::digest(&digest::SHA256, &request));
        let scope = [self.date, self.region, self.service, self.terminator];
        let text = format!("{ALGORITHM}\n{}\n{}\n{request}", self.time, scope.join("/"));
        let secret_key = zeroize::Zeroizing::new(format!("AWS4{}", secret.expose_secret()));
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret_key.as_bytes());
        for part in scope {
            let derived = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        }
        Ok(hex::encode(hmac::sign(&key, text.as_bytes())))
    }
}

/// The canonical request; `None` if a signed header is missing.
fn canonical_request(signed_headers: &str, received: &SignedRequest<'_>) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(1024);
    text.extend_from_slice(received.method.as_str().as_bytes());
    text.push(b'\n');
    // Every service except S3 encodes the path twice.
    let path = received.uri.path().as_bytes();
    text.extend(percent_encode(path, PATH_ENCODING).flat_map(str::bytes));
    text.push(b'\n');
    canonical_query(received.uri.query().unwrap_or_default(), &mut text);
    text.push(b'\n');
    for name in signed_headers.split(';') {
        let mut values = received.headers.get_all(name).iter().peekable();
        values.peek()?;
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        for (index, value) in values.enumerate() {
            if index > 0 {
                text.push(b',');
            }
            let words = value.as_bytes().split(u8::is_ascii_whitespace);
            for (index, word) in words.filter(|word| !word.is_empty()).enumerate() {
                if index > 0 {
                    text.push(b' ');
                }
                text.extend_from_slice(word);
            }
        }
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(signed_headers.as_bytes());
    text.push(b'\n');
    let body = digest::digest(&digest::SHA256, received.body);
    text.extend_from_slice(hex::encode(body).as_bytes());
    Some(text)
}

fn canonical_query(query: &str, text: &mut Vec<u8>) {
    let canonical = |part: &str| {
        // A `%` that begins no byte stays, and is encoded itself.
        let bytes: Vec<u8> = percent_decode_str(part).collect();
        percent_encode(&bytes, QUERY_ENCODING).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (canonical(name), canonical(value))
        })
        .collect();
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    text.extend_from_slice(pairs.collect::<Vec<_>>().join("&").as_bytes());
}

/// Reads `YYYYMMDDTHHMMSSZ`, or the date of an HTTP header (RFC 9110, 5.6.7).
fn time_of(text: &str) -> Option<Timestamp> {
    let is_basic = text.len() == 16
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let time = if is_basic {
        text.parse::<jiff::Timestamp>().ok()?
    } else {
        let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
        zoned.timestamp()
    };
    Some(Timestamp::from_millis(time.as_millisecond()))
}

/// `YYYYMMDDTHHMMSSZ`.
fn basic_format(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(
        |_| at.seconds().to_string(),
        |time| time.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}
