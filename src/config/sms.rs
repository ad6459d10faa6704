//! `[sms]`: delivery of text messages.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Delivery of text messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsConfig {
    /// `log` or `webhook`. Absent: `log` in development; production wants it named, since `log`
    /// sends nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<SmsProvider>,
    /// Where the webhook is.
    pub webhook: SmsWebhookConfig,
}

impl SmsConfig {
    /// The configured provider, or that of development.
    #[must_use]
    pub fn effective_provider(&self) -> SmsProvider {
        self.provider.unwrap_or(SmsProvider::Log)
    }
}

/// Who sends text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsProvider {
    /// Nobody: a line in the log takes the message's place.
    Log,
    /// An HTTP endpoint that takes each message as JSON.
    Webhook,
}

/// The HTTP endpoint that sends text messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsWebhookConfig {
    /// URL that takes a POST per message.
    pub url: String,
    /// Name of the header that proves who is calling: `t=<Unix seconds>,v1=<hexadecimal>`, where the
    /// digits are the HMAC-SHA256 of `<Unix seconds>.<body>`.
    pub secret_header: String,
    /// The secret that the HMAC is keyed with; without one the header is not sent.
    #[serde(serialize_with = "super::secret::hidden_option")]
    pub secret: Option<SecretString>,
    /// Seconds until a call is given up.
    pub timeout_seconds: u64,
}

impl Default for SmsWebhookConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            secret_header: "x-cognate-signature".to_owned(),
            secret: None,
            timeout_seconds: 10,
        }
    }
}
