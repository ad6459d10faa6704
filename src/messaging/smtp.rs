//! E-mail over SMTP.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::outbox::Payload;
use super::transport::{DeliveryError, SetUpError};
use crate::config::{MailConfig, MailTls};
use crate::domain::time::Timestamp;
use crate::store::outbox::StoredMessage;

/// Replies about the login (RFC 4954, section 6): "authentication required", "mechanism too
/// weak", "credentials invalid", "encryption required". They are about our configuration and not
/// about the message, which is worth keeping until somebody has corrected it.
const ABOUT_THE_LOGIN: [&str; 4] = ["530", "534", "535", "538"];
/// How long an unused connection to the server is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Sends e-mail through one SMTP server, over connections that are kept open between mails.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer for the configured server, with at most `connections` to it. Does not connect yet.
    ///
    /// # Errors
    /// If the sender is no address, or TLS cannot be set up.
    pub fn new(config: &MailConfig, connections: usize) -> Result<Self, SetUpError> {
        let from = config.from.parse().map_err(|_| SetUpError::From)?;
        let tls = match config.tls {
            MailTls::None => Tls::None,
            MailTls::Starttls => Tls::Required(tls_parameters(config)?),
            MailTls::Implicit => Tls::Wrapper(tls_parameters(config)?),
        };
        let pool = PoolConfig::new()
            .max_size(u32::try_from(connections.max(1)).unwrap_or(u32::MAX))
            .idle_timeout(IDLE);
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.as_str())
                .port(config.effective_port())
                .tls(tls)
                .timeout(Some(Duration::from_secs(config.timeout_seconds)))
                .pool_config(pool);
        if let (Some(name), Some(password)) = (&config.username, &config.password) {
            builder = builder.credentials(Credentials::new(
                name.clone(),
                password.expose_secret().to_owned(),
            ));
        }
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }

    pub(super) async fn send(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<(), DeliveryError> {
        let mail = self.mail(message, payload, at)?;
        self.transport
            .send(mail)
            .await
            .map_err(|error| fault(&error))?;
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.transport.shutdown().await;
    }

    fn mail(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<Message, DeliveryError> {
        let to: Address = message.destination.parse().map_err(|_| {
            DeliveryError::Permanent("the destination is not an e-mail address".to_owned())
        })?;
        let from = self.sender(message, payload);
        let host = Some(from.email.domain())
            .filter(|domain| domain.is_ascii())
            .unwrap_or("localhost");
        let id = format!("<{}@{host}>", message.message_id);
        let millis = u64::try_from(at.millis()).unwrap_or_default();
        let mut builder: MessageBuilder = Message::builder()
            .to(Mailbox::new(None, to))
            // The same in each try, so that a mailbox can recognise what it got twice.
            .message_id(Some(id))
            .date(UNIX_EPOCH + Duration::from_millis(millis))
            .subject(payload.subject.as_deref().unwrap_or_default())
            // RFC 3834: nobody's absence note should answer.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_HTML);
        if let Some(address) = &payload.reply_to {
            match address.parse() {
                Ok(mailbox) => builder = builder.reply_to(mailbox),
                Err(_) => tracing::warn!(
                    pool_id = message.pool_id,
                    "ReplyToEmailAddress of the user pool is not an address and is left out"
                ),
            }
        }
        builder
            .from(from)
            .body(payload.body.clone())
            .map_err(|error| DeliveryError::Permanent(format!("cannot write the mail: {error}")))
    }

    /// The pool's own sender, or the configured one where it has none that can be used: a code
    /// from the wrong sender is better than none.
    fn sender(&self, message: &StoredMessage, payload: &Payload) -> Mailbox {
        let Some(own) = &payload.from else {
            return self.from.clone();
        };
        own.parse().unwrap_or_else(|_| {
            tracing::warn!(
                pool_id = message.pool_id,
                "From in the user pool's EmailConfiguration is not an address; mail.from is used"
            );
            self.from.clone()
        })
    }
}

fn tls_parameters(config: &MailConfig) -> Result<TlsParameters, SetUpError> {
    let tls = |error: SmtpError| SetUpError::Tls(error.to_string());
    let mut builder = TlsParameters::builder(config.host.clone())
        .dangerous_accept_invalid_certs(config.accept_invalid_certificates);
    if let Some(path) = &config.ca_file {
        let unreadable = |reason: String| SetUpError::CaFile {
            path: path.display().to_string(),
            reason,
        };
        let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|error| unreadable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(tls)
}

fn fault(error: &SmtpError) -> DeliveryError {
    let text = error.to_string();
    let code = error.status().map(|code| code.to_string());
    let about_the_login = code.is_some_and(|code| ABOUT_THE_LOGIN.contains(&code.as_str()));
    if error.is_permanent() && !about_the_login {
        DeliveryError::Permanent(text)
    } else {
        DeliveryError::Transient(text)
    }
}
