//! The destinations that the configuration names.

use reqwest::Url;

use super::client::Outbound;
use crate::config::{Config, SmsProvider};

/// A URL of the configuration that nothing can be sent to.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct UnusableUrl {
    /// The key.
    pub key: String,
    /// What is wrong, without the URL.
    pub reason: String,
}

/// The URL that the configuration has at `key`.
///
/// # Errors
/// If it is none with `http` or `https` and a host.
pub fn parse_url(key: &str, text: &str) -> Result<Url, UnusableUrl> {
    let unusable = |reason: String| UnusableUrl {
        key: key.to_owned(),
        reason,
    };
    let url = Url::parse(text).map_err(|error| unusable(error.to_string()))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(unusable("expected a URL with http or https".to_owned()))
    }
}

impl Outbound {
    /// The client of every destination that the configuration names.
    ///
    /// # Errors
    /// If one of them is no URL, or the system's certificate authorities cannot be used.
    pub fn for_config(config: &Config) -> Result<Self, UnusableUrl> {
        let mut destinations = Vec::new();
        if config.sms.effective_provider() == SmsProvider::Webhook {
            let url = config.sms.webhook.url.expose();
            destinations.push(parse_url("sms.webhook.url", url)?);
        }
        for (index, function) in config.triggers.functions.iter().enumerate() {
            let key = format!("triggers.functions[{index}].url");
            destinations.push(parse_url(&key, function.url.expose())?);
        }
        Self::new(&destinations).map_err(|error| UnusableUrl {
            key: "outbound".to_owned(),
            reason: error.to_string(),
        })
    }
}
