//! `[sms]`: delivery of text messages.

use std::fmt;

use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};

/// Delivery of text messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsConfig {
    /// `log` or `webhook`. Absent: `log` in development; production has to name it, since `log` sends
    /// nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<SmsProvider>,
    /// The endpoint of `webhook`.
    pub webhook: SmsWebhookConfig,
}

impl SmsConfig {
    /// The configured provider, or the default of development.
    #[must_use]
    pub fn effective_provider(&self) -> SmsProvider {
        self.provider.unwrap_or(SmsProvider::Log)
    }
}

/// The providers of text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsProvider {
    /// Writes messages to the log and sends none.
    Log,
    /// Posts each message as JSON to an HTTP endpoint.
    Webhook,
}

/// The HTTP endpoint that sends text messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsWebhookConfig {
    /// The URL that each message is posted to.
    pub url: WebhookUrl,
    /// Permits production a URL with http beyond loopback.
    pub accept_http_url: bool,
    /// Name of the header that authenticates the server: `t=<Unix seconds>,v1=<hexadecimal>`, where the
    /// digits are the HMAC-SHA256 of `<Unix seconds>.<body>`.
    pub secret_header: String,
    /// The secret that the HMAC is keyed with; without one the header is not sent.
    #[serde(serialize_with = "super::redaction::redacted_option")]
    pub secret: Option<SecretString>,
    /// Permits production to have no secret.
    pub accept_missing_secret: bool,
    /// Seconds until a call times out.
    pub timeout_seconds: u64,
}

impl Default for SmsWebhookConfig {
    fn default() -> Self {
        Self {
            url: WebhookUrl::default(),
            accept_http_url: false,
            secret_header: "x-cognate-signature".to_owned(),
            secret: None,
            accept_missing_secret: false,
            timeout_seconds: 10,
        }
    }
}

/// The URL of a webhook. Its path or its parameters may hold a provider's key, and it may have a
/// user and a password, so `Debug`, `Display` and `Serialize` show scheme and host only.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// The whole URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn redacted(&self) -> String {
        const HIDDEN: &str = "(hidden)";
        if self.0.is_empty() {
            return String::new();
        }
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return HIDDEN.to_owned();
        };
        let (authority, after) = match rest.find(['/', '?', '#', '\\']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        // If the password contains a slash, a piece of it would be taken for the host.
        if after.contains('@') {
            return format!("{scheme}://{HIDDEN}");
        }
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        format!("{scheme}://{host}")
    }
}

impl From<String> for WebhookUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for WebhookUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_webhook_url_has_scheme_and_host_only() {
        for (url, shown) in [
            ("", ""),
            ("https://sms.example.com", "https://sms.example.com"),
            (
                "https://sms.example.com:8443/k3y",
                "https://sms.example.com:8443",
            ),
            ("https://sms.example.com?key=k3y", "https://sms.example.com"),
            ("https://sms.example.com#k3y", "https://sms.example.com"),
            ("https://sms.example.com\\k3y", "https://sms.example.com"),
            (
                "https://me:k3y@k3y@sms.example.com/send",
                "https://sms.example.com",
            ),
            (
                "https://me:k3y/k3y@sms.example.com/send",
                "https://(hidden)",
            ),
            ("k3y", "(hidden)"),
        ] {
            let parsed = WebhookUrl::from(url.to_owned());
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(format!("{parsed:?}"), shown);
            assert_eq!(serde_json::to_value(&parsed).unwrap(), shown);
            assert_eq!(parsed.expose(), url);
        }
    }
}
