//! The configured transports, and what of their errors may be logged and stored.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::custom_sender::{CustomSenders, FunctionCaller};
use super::error::{DeliveryError, SetUpError};
use super::log_sms::LogSms;
use super::outbox::Payload;
use super::sms_provider::{SmsMessage, SmsProvider};
use super::smtp::SmtpMailer;
use super::webhook::WebhookSms;
use crate::config::{Config, MailTransport, SmsProvider as ConfiguredProvider};
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::entropy::Entropy;
use crate::outbound::Outbound;
use crate::store::outbox::StoredMessage;

/// Length of the longest stored error text, in characters.
const MAX_ERROR: usize = 300;

/// The configured mailer and SMS provider.
pub(super) struct Transports {
    /// `None` in development without a mail server: the development inbox shows the message, and it
    /// counts as delivered.
    mail: Option<SmtpMailer>,
    sms: Box<dyn SmsProvider>,
    sms_timeout: Duration,
    custom: CustomSenders,
}

impl Transports {
    pub(super) fn new(
        config: &Config,
        outbound: &Outbound,
        functions: Arc<dyn FunctionCaller>,
        entropy: Entropy,
    ) -> Result<Self, SetUpError> {
        let mail = match config.mail.transport {
            MailTransport::Inbox => None,
            MailTransport::Smtp => Some(SmtpMailer::new(&config.mail)?),
        };
        let sms: Box<dyn SmsProvider> = match config.sms.effective_provider() {
            ConfiguredProvider::Log => {
                if !config.is_development() {
                    tracing::warn!(
                        "sms.provider is `log`: text messages with their codes are written to the \
                         log and sent to nobody"
                    );
                }
                Box::new(LogSms)
            }
            ConfiguredProvider::Webhook => {
                Box::new(WebhookSms::new(&config.sms.webhook, outbound.clone())?)
            }
        };
        Ok(Self {
            mail,
            sms,
            // Longer than the HTTP client's own timeout, which normally ends the call.
            custom: CustomSenders::new(config, functions, entropy)?,
            sms_timeout: Duration::from_secs(config.sms.webhook.timeout_seconds.saturating_add(5)),
        })
    }

    /// Sends `message` to the mail server or the SMS provider, or has the pool's function send it. The error may be logged and stored.
    pub(super) async fn deliver(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<(), DeliveryError> {
        self.send(message, payload, at)
            .await
            .map_err(|error| sanitized(error, message, payload))
    }

    async fn send(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<(), DeliveryError> {
        if let Some(function) = &payload.function {
            // The function has its own timeout.
            let call = function.call(message.medium);
            let span = tracing::debug_span!("function.send", message_id = message.message_id);
            let sending = self.custom.send(&call, &payload.code);
            return sending.instrument(span).await;
        }
        let sms = match (message.medium, &self.mail) {
            (Medium::Email, None) => return Ok(()),
            // Every SMTP command has its own timeout.
            (Medium::Email, Some(mail)) => {
                let span = tracing::debug_span!("smtp.send", message_id = message.message_id);
                return mail.send(message, payload, at).instrument(span).await;
            }
            (Medium::Sms, _) => SmsMessage {
                to: &message.destination,
                text: &payload.body,
                message_id: &message.message_id,
                at,
            },
        };
        let limit = self.sms_timeout;
        let span = tracing::debug_span!("sms.send", message_id = message.message_id);
        tokio::time::timeout(limit, self.sms.send(sms).instrument(span))
            .await
            .unwrap_or_else(|_| {
                let text = format!("not done within {} s", limit.as_secs());
                Err(DeliveryError::Transient(text))
            })
    }
}

/// The error as one bounded line without the code and the address, which a server may have quoted.
fn sanitized(error: DeliveryError, message: &StoredMessage, payload: &Payload) -> DeliveryError {
    let clean = |text: String| {
        let mut text = text;
        for (secret, instead) in [
            (payload.code.as_str(), "(code)"),
            (message.destination.as_str(), "(destination)"),
        ] {
            if !secret.is_empty() {
                text = text.replace(secret, instead);
            }
        }
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_ERROR)
            .collect()
    };
    match error {
        DeliveryError::Transient(text) => DeliveryError::Transient(clean(text)),
        DeliveryError::Permanent(text) => DeliveryError::Permanent(clean(text)),
    }
}
