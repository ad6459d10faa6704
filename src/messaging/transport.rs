//! The ways out of the house, and what can go wrong on them.

use std::pin::Pin;
use std::time::Duration;

use super::log_sms::LogSms;
use super::outbox::Payload;
use super::smtp::SmtpMailer;
use super::webhook::WebhookSms;
use crate::config::{Config, MailTransport, SmsProvider as ConfiguredProvider};
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::outbox::StoredMessage;

/// Longest text that is kept about a failure, in characters.
const MAX_ERROR: usize = 300;

/// Why the configured transports cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// `mail.from` is no sender.
    #[error(
        "mail.from is not an e-mail address, as no-reply@example.com or Shop <shop@example.com>"
    )]
    From,
    /// `mail.ca_file` cannot be read.
    #[error("cannot read mail.ca_file {path}: {reason}")]
    CaFile {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// TLS towards the mail server cannot be set up.
    #[error("cannot set up TLS towards the mail server: {0}")]
    Tls(String),
    /// `sms.webhook` cannot be used.
    #[error("sms.webhook.{key}: {reason}")]
    Webhook {
        /// The key below `sms.webhook`.
        key: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Why a message was not delivered. The texts are for the log and the store, and hold no secret of
/// ours; what a server said is cut and cleaned before it gets there.
#[derive(Debug, PartialEq, Eq)]
pub enum DeliveryError {
    /// Another try may succeed.
    Transient(String),
    /// It would fail again: the server has refused this message.
    Permanent(String),
}

/// A text message on its way. No `Debug`: the text carries a code.
#[derive(Clone, Copy)]
pub struct Sms<'a> {
    /// The phone number, E.164.
    pub to: &'a str,
    /// What to say.
    pub text: &'a str,
    /// The same in each try, so that a provider can recognise a message it has sent already.
    pub message_id: &'a str,
    /// The time of this try.
    pub at: Timestamp,
}

/// What [`SmsProvider::send`] returns.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

/// Somebody who sends text messages.
pub trait SmsProvider: Send + Sync {
    /// Sends it; ready once the provider has taken responsibility for it.
    fn send<'a>(&'a self, sms: Sms<'a>) -> Sending<'a>;
}

/// The configured ways out.
pub(super) struct Transports {
    /// `None` in development without a mail server: the inbox shows the message, which is all
    /// the delivery there is.
    mail: Option<SmtpMailer>,
    sms: Box<dyn SmsProvider>,
    sms_limit: Duration,
}

impl Transports {
    pub(super) fn new(config: &Config) -> Result<Self, SetUpError> {
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
            ConfiguredProvider::Webhook => Box::new(WebhookSms::new(&config.sms.webhook)?),
        };
        Ok(Self {
            mail,
            sms,
            // The client keeps its own limit, this is the net below it.
            sms_limit: Duration::from_secs(config.sms.webhook.timeout_seconds.saturating_add(5)),
        })
    }

    /// Hands `message` over to the mail server or the SMS provider. The error may be logged and
    /// stored.
    pub(super) async fn deliver(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<(), DeliveryError> {
        self.hand_over(message, payload, at)
            .await
            .map_err(|error| cleaned(error, message, payload))
    }

    async fn hand_over(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<(), DeliveryError> {
        let sms = match (message.medium, &self.mail) {
            (Medium::Email, None) => return Ok(()),
            // Each step of a mail has a limit of its own.
            (Medium::Email, Some(mail)) => return mail.send(message, payload, at).await,
            (Medium::Sms, _) => Sms {
                to: &message.destination,
                text: &payload.body,
                message_id: &message.message_id,
                at,
            },
        };
        let limit = self.sms_limit;
        tokio::time::timeout(limit, self.sms.send(sms))
            .await
            .unwrap_or_else(|_| {
                let text = format!("not done within {} s", limit.as_secs());
                Err(DeliveryError::Transient(text))
            })
    }
}

/// The error as it may be logged and stored: one bounded line in which neither the code nor the
/// address appears, should a server have quoted them.
fn cleaned(error: DeliveryError, message: &StoredMessage, payload: &Payload) -> DeliveryError {
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
