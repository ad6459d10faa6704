//! The SMS provider `webhook`, which posts text messages to an HTTP endpoint of the operator.

use std::time::Duration;

use aws_lc_rs::hmac;
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use super::error::{DeliveryError, SetUpError};
use super::sms_provider::{SendFuture, SmsMessage, SmsProvider};
use crate::config::SmsWebhookConfig;
use crate::domain::time::Timestamp;

/// Posts `{"to", "text", "messageId"}` as JSON. Any 2xx response means that the endpoint accepted the
/// message. The response's body is not read, and redirects are not followed.
///
/// With a shared secret each request carries `t=<Unix seconds>,v1=<hex>` in the configured header,
/// where the hexadecimal digits are the HMAC-SHA256 of `<Unix seconds>.<body>` under the secret. The
/// endpoint can verify that the request comes from this server, is unchanged and is recent, without
/// the secret being sent.
pub struct WebhookSms {
    client: Client,
    url: Url,
    signature: Option<(HeaderName, hmac::Key)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    to: &'a str,
    text: &'a str,
    message_id: &'a str,
}

impl WebhookSms {
    /// A provider that calls the configured URL. Does not connect yet.
    ///
    /// # Errors
    /// If the URL or the header's name cannot be used.
    pub fn new(config: &SmsWebhookConfig) -> Result<Self, SetUpError> {
        let invalid = |key, reason: String| SetUpError::Webhook { key, reason };
        let url =
            Url::parse(config.url.expose()).map_err(|error| invalid("url", error.to_string()))?;
        let timeout = Duration::from_secs(config.timeout_seconds);
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout)
            .referer(false)
            .user_agent(concat!("cognate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| invalid("url", error.to_string()))?;
        let signature = config
            .secret
            .as_ref()
            .map(|secret| {
                let name = HeaderName::from_bytes(config.secret_header.as_bytes())
                    .map_err(|error| invalid("secret_header", error.to_string()))?;
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
                Ok((name, key))
            })
            .transpose()?;
        Ok(Self {
            client,
            url,
            signature,
        })
    }

    async fn post(&self, sms: SmsMessage<'_>) -> Result<(), DeliveryError> {
        let body = Body {
            to: sms.to,
            text: sms.text,
            message_id: sms.message_id,
        };
        let body = serde_json::to_vec(&body)
            .map_err(|_| DeliveryError::Permanent("cannot write the message as JSON".to_owned()))?;
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json");
        if let Some((name, key)) = &self.signature {
            request = request.header(name, signature(key, sms.at, &body));
        }
        let response = request.body(body).send().await.map_err(|error| {
            // The URL may contain a key of the provider.
            let error = error.without_url();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            DeliveryError::Transient(format!("the webhook did not answer: {error}{cause}"))
        })?;
        outcome(response.status())
    }
}

impl SmsProvider for WebhookSms {
    fn send<'a>(&'a self, sms: SmsMessage<'a>) -> SendFuture<'a> {
        Box::pin(self.post(sms))
    }
}

fn signature(key: &hmac::Key, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.seconds().to_string();
    let mut signed = Zeroizing::new(Vec::with_capacity(seconds.len() + 1 + body.len()));
    signed.extend_from_slice(seconds.as_bytes());
    signed.push(b'.');
    signed.extend_from_slice(body);
    let tag = hmac::sign(key, &signed);
    format!("t={seconds},v1={}", hex::encode(tag))
}

/// The outcome that a response's status stands for. Statuses about the content of the message are
/// permanent. The others, for a wrong secret or an overloaded server for example, may change before
/// the next attempt.
fn outcome(status: StatusCode) -> Result<(), DeliveryError> {
    let text = || format!("the webhook answered {}", status.as_u16());
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => Err(DeliveryError::Permanent(text())),
        _ => Err(DeliveryError::Transient(text())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digits are those of `printf '1.{}' | openssl dgst -sha256 -hmac k`.
    #[test]
    fn the_signature_covers_time_and_body() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        assert_eq!(
            signature(&key, Timestamp::from_millis(1999), b"{}"),
            "t=1,v1=3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158"
        );
    }

    #[test]
    fn only_statuses_about_the_message_are_permanent() {
        let outcome = |status| outcome(StatusCode::from_u16(status).unwrap());
        for taken in [200, 202, 204] {
            assert_eq!(outcome(taken), Ok(()));
        }
        for refused in [400, 413, 422] {
            assert!(matches!(outcome(refused), Err(DeliveryError::Permanent(_))));
        }
        for again in [301, 401, 403, 404, 408, 429, 500, 503] {
            assert!(matches!(outcome(again), Err(DeliveryError::Transient(_))));
        }
    }
}
