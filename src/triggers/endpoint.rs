//! Where a function is reached, and the request that calls it.

use std::fs;

use aws_lc_rs::hmac;
use axum::http::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{FunctionConfig, FunctionProtocol};
use crate::domain::time::Timestamp;
use crate::outbound::{SIGNATURE_HEADER, UnusableUrl, parse_url, signature};
use crate::protocol::sigv4::{AccessKey, Signer};

/// The path of the Invoke API up to the function's name.
const INVOKE_PATH: &str = "/2015-03-31/functions/";
/// The region of a signature for a function whose ARN has none.
const DEFAULT_REGION: &str = "us-east-1";

/// Why the configured functions cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// A URL is none.
    #[error(transparent)]
    Url(#[from] UnusableUrl),
    /// A file with a secret cannot be read, or is empty.
    #[error("cannot use {key} {path}: {reason}")]
    SecretFile {
        /// The key.
        key: String,
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// Where a function is reached. No `Debug`: the URL may be a secret.
pub(super) enum Endpoint {
    /// By the Invoke API.
    Invoke {
        /// The endpoint with the path that all functions share.
        url: Url,
        function_name: Option<String>,
        key: Option<AccessKey>,
    },
    /// By a POST.
    Http {
        url: Url,
        key: Option<Box<hmac::Key>>,
    },
}

/// A request to a function.
pub(super) struct FunctionRequest {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

impl Endpoint {
    /// The endpoint of `config`, the entry with this index.
    pub(super) fn new(index: usize, config: &FunctionConfig) -> Result<Self, SetUpError> {
        let at = |key: &str| format!("triggers.functions[{index}].{key}");
        let url = parse_url(&at("url"), config.url.expose())?;
        let secret = secret(&at("secret_file"), config)?;
        Ok(match config.protocol {
            FunctionProtocol::Invoke => Self::Invoke {
                url,
                function_name: config.function_name.clone(),
                key: config
                    .access_key_id
                    .clone()
                    .zip(secret)
                    .map(|(id, secret)| AccessKey { id, secret }),
            },
            FunctionProtocol::Http => Self::Http {
                url,
                key: secret.map(|secret| {
                    let secret = secret.expose_secret().as_bytes();
                    Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))
                }),
            },
        })
    }

    /// Whether the answer to an error of the function is a success of HTTP with a header that says so.
    pub(super) const fn is_invoke(&self) -> bool {
        matches!(self, Self::Invoke { .. })
    }

    /// The request that calls the function `arn` with `body`, signed at `now`; `None` if a signature cannot be
    /// made, which is so for values only that cannot be in a header.
    pub(super) fn request(
        &self,
        arn: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Option<FunctionRequest> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Invoke {
                url,
                function_name,
                key,
            } => {
                let named = Function::of_arn(arn);
                let name = function_name.as_deref().unwrap_or(named.name);
                let mut url = url.clone();
                url.set_path(&invoke_path(url.path(), name));
                let qualifier = named.qualifier.filter(|_| function_name.is_none());
                if let Some(qualifier) = qualifier {
                    url.query_pairs_mut().append_pair("Qualifier", qualifier);
                }
                let wait = HeaderValue::from_static("RequestResponse");
                headers.insert("x-amz-invocation-type", wait);
                if let Some(key) = key {
                    let signer = Signer {
                        key: key.clone(),
                        region: named.region.to_owned(),
                        service: "lambda",
                    };
                    let uri: Uri = url.as_str().parse().ok()?;
                    signer
                        .sign(&Method::POST, &uri, &mut headers, body, now)
                        .ok()?;
                }
                Some(FunctionRequest { url, headers })
            }
            Self::Http { url, key } => {
                if let Some(key) = key {
                    let value = HeaderValue::try_from(signature(key, now, body)).ok()?;
                    headers.insert(SIGNATURE_HEADER, value);
                }
                Some(FunctionRequest {
                    url: url.clone(),
                    headers,
                })
            }
        }
    }
}

fn invoke_path(base: &str, name: &str) -> String {
    let name = utf8_percent_encode(name, PATH_SEGMENT);
    let base = base.trim_end_matches('/');
    format!("{base}{INVOKE_PATH}{name}/invocations")
}

/// All but what is itself in a path segment and in a signature.
const PATH_SEGMENT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The parts of `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
struct Function<'a> {
    region: &'a str,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Function<'a> {
    /// An ARN of another form is a name as a whole.
    fn of_arn(arn: &'a str) -> Self {
        let mut parts = arn.split(':');
        let [_, _, service, region, _, kind, name, qualifier, rest] =
            [(); 9].map(|()| parts.next());
        match (service, kind, name, rest) {
            (Some("lambda"), Some("function"), Some(name), None) if !name.is_empty() => Self {
                region: region
                    .filter(|region| !region.is_empty())
                    .unwrap_or(DEFAULT_REGION),
                name,
                qualifier,
            },
            _ => Self {
                region: DEFAULT_REGION,
                name: arn,
                qualifier: None,
            },
        }
    }
}

/// The configured secret, or the content of the file without blanks around it.
fn secret(key: &str, config: &FunctionConfig) -> Result<Option<SecretString>, SetUpError> {
    let Some(path) = &config.secret_file else {
        return Ok(config.secret.clone());
    };
    let unusable = |reason: String| SetUpError::SecretFile {
        key: key.to_owned(),
        path: path.display().to_string(),
        reason,
    };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let text = zeroize::Zeroizing::new(text);
    match text.trim() {
        "" => Err(unusable("it is empty".to_owned())),
        secret => Ok(Some(secret.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url_of(base: &str, function_name: Option<&str>, arn: &str) -> String {
        let endpoint = Endpoint::Invoke {
            url: base.parse().unwrap(),
            function_name: function_name.map(str::to_owned),
            key: None,
        };
        let request = endpoint.request(arn, b"{}", Timestamp::default());
        request.unwrap().url.to_string()
    }

    #[test]
    fn the_invoke_api_is_called_with_the_name_in_the_arn() {
        let arn = "arn:aws:lambda:eu-west-1:000000000000:function:pre-sign_up";
        for (base, name, arn, expected) in [
            (
                "http://127.0.0.1:3001",
                None,
                arn.to_owned(),
                "http://127.0.0.1:3001/2015-03-31/functions/pre-sign_up/invocations",
            ),
            (
                "http://localhost:4566/prefix/",
                None,
                format!("{arn}:live"),
                "http://localhost:4566/prefix/2015-03-31/functions/pre-sign_up/invocations?Qualifier=live",
            ),
            (
                "http://127.0.0.1:9000",
                Some("function"),
                format!("{arn}:live"),
                "http://127.0.0.1:9000/2015-03-31/functions/function/invocations",
            ),
            (
                "http://127.0.0.1:3001",
                None,
                "arn:aws:other:::x/../y".to_owned(),
                "http://127.0.0.1:3001/2015-03-31/functions/arn%3Aaws%3Aother%3A%3A%3Ax%2F..%2Fy/invocations",
            ),
        ] {
            assert_eq!(url_of(base, name, &arn), expected);
        }
    }

    #[test]
    fn the_region_of_the_signature_is_the_arns() {
        let region = |arn| Function::of_arn(arn).region;
        let arn = "arn:aws:lambda:ap-south-1:000000000000:function:f";
        assert_eq!(region(arn), "ap-south-1");
        assert_eq!(region("arn:aws:lambda:ap-south-1"), DEFAULT_REGION);
    }
}
