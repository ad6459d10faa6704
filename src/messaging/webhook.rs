//! The SMS provider `webhook`, which posts text messages to an HTTP endpoint of the operator.

use std::time::Duration;

use aws_lc_rs::hmac;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::error::{DeliveryError, SetUpError};
use super::sms_provider::{SendFuture, SmsMessage, SmsProvider};
use crate::config::SmsWebhookConfig;
use crate::outbound::{Outbound, Outgoing, signature};

/// Posts `{"to", "text", "messageId"}` as JSON. Any 2xx response means that the endpoint accepted the
/// message. The response's body is not read, and redirects are not followed.
///
/// With a shared secret each request carries its [`signature`] in the configured header.
pub struct WebhookSms {
    outbound: Outbound,
    timeout: Duration,
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
    /// A provider that calls the configured URL by `outbound`, which has it among its destinations. Does not
    /// connect yet.
    ///
    /// # Errors
    /// If the URL or the header's name cannot be used.
    pub fn new(config: &SmsWebhookConfig, outbound: Outbound) -> Result<Self, SetUpError> {
        let invalid = |key, reason: String| SetUpError::Webhook { key, reason };
        let url =
            Url::parse(config.url.expose()).map_err(|error| invalid("url", error.to_string()))?;
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
            outbound,
            timeout: Duration::from_secs(config.timeout_seconds),
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
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some((name, key)) = &self.signature {
            let value = HeaderValue::try_from(signature(key, sms.at, &body));
            let value = value.map_err(|_| {
                DeliveryError::Permanent("the signature cannot be a header".to_owned())
            })?;
            headers.insert(name, value);
        }
        let request = Outgoing {
            url: self.url.clone(),
            headers,
            body,
            timeout: self.timeout,
        };
        let response = self.outbound.post(request).await.map_err(|error| {
            DeliveryError::Transient(format!("the webhook did not answer: {error}"))
        })?;
        outcome(response.status())
    }
}

impl SmsProvider for WebhookSms {
    fn send<'a>(&'a self, sms: SmsMessage<'a>) -> SendFuture<'a> {
        Box::pin(self.post(sms))
    }
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
