//! The client.

use std::collections::HashSet;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::address::is_permitted;
use super::resolver::{CheckingResolver, Refused, normal_form};

/// How long a connection that nobody uses is kept for the next call.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Calls hosts that the configuration names.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    /// Scheme, host and port of each destination.
    origins: Arc<HashSet<String>>,
}

/// A request. No `Debug`: the body may carry a code or a password.
pub struct Outgoing {
    /// Where it goes, at one of the destinations that the client was made for.
    pub url: Url,
    /// Its headers; the client adds `Host` and `User-Agent`.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// How long the call may take, from finding the address to the end of the response.
    pub timeout: Duration,
}

/// Why a call has no response, or none that can be used. The texts hold no URL, whose path may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The configuration does not name the destination, or its address is one that the server does not
    /// connect to.
    #[error("the destination is refused: {0}")]
    Refused(String),
    /// The time was over.
    #[error("no answer in time")]
    TimedOut,
    /// There is no connection, or it broke.
    #[error("{0}")]
    Failed(String),
    /// The response is longer than this many bytes.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

/// A response whose body has not been read.
pub struct Response(reqwest::Response);

impl Outbound {
    /// A client of these destinations; it connects to no other host.
    ///
    /// # Errors
    /// If the system's certificate authorities cannot be used.
    pub fn new(destinations: &[Url]) -> Result<Self, CallError> {
        let hosts = destinations
            .iter()
            .filter_map(|url| url.host_str().map(normal_form))
            .collect();
        let client = Client::builder()
            .dns_resolver(Arc::new(CheckingResolver { hosts }))
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(concat!("cognate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| CallError::Failed(text_of(error)))?;
        Ok(Self {
            client,
            origins: Arc::new(destinations.iter().map(origin).collect()),
        })
    }

    /// Posts the request. The body of the response is not read.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(&self, request: Outgoing) -> Result<Response, CallError> {
        self.check_destination(&request.url)?;
        let sent = self
            .client
            .post(request.url)
            .headers(request.headers)
            .timeout(request.timeout)
            .body(request.body)
            .send()
            .await;
        sent.map(Response).map_err(call_error)
    }

    /// The client looks for no address where the URL has one, so that one is checked here.
    fn check_destination(&self, url: &Url) -> Result<(), CallError> {
        if !self.origins.contains(&origin(url)) {
            return Err(CallError::Refused(Refused::UnknownHost.to_string()));
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse::<IpAddr>() {
            Ok(address) if !is_permitted(address, true) => {
                Err(CallError::Refused(Refused::Address.to_string()))
            }
            _ => Ok(()),
        }
    }
}

impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Whether the response has this header.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.0.headers().contains_key(name)
    }

    /// The body, which has at most `limit` bytes. It counts against the call's time.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn body(mut self, limit: usize) -> Result<Vec<u8>, CallError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.0.chunk().await.map_err(call_error)? {
            if chunk.len() > limit.saturating_sub(body.len()) {
                return Err(CallError::TooLong(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn call_error(error: reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    match refusal(&error) {
        Some(refused) => CallError::Refused(refused),
        None => CallError::Failed(text_of(error)),
    }
}

/// The resolver's refusal among the causes of the error.
fn refusal(error: &reqwest::Error) -> Option<String> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return Some(refused.to_string());
        }
        cause = inner.source();
    }
    None
}

/// The error and its causes, in one line without the URL.
fn text_of(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;
