//! E-mail over SMTP.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use lettre::{Address, Message};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::error::{DeliveryError, SetUpError};
use super::outbox::Payload;
use crate::config::{MailConfig, MailTls};
use crate::domain::time::Timestamp;
use crate::store::outbox::StoredMessage;

/// Reply codes about the login (RFC 4954, section 6): "authentication required", "mechanism too
/// weak", "credentials invalid", "encryption required". Some servers send them only after RCPT. They
/// are about the configuration even then, and not about the message.
const LOGIN_REPLY_CODES: [&str; 4] = ["530", "534", "535", "538"];
/// How long the mail server may take to answer QUIT.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);
/// The timeout of connecting, in timeouts of one command: a host name may have several addresses, of
/// which some do not answer, and TLS, the greeting and EHLO are part of connecting.
const CONNECT_TIMEOUT_FACTOR: u32 = 4;

/// Sends e-mail through one SMTP server, over a new connection for each mail.
///
/// Connections are not reused: after an aborted mail the server's replies to it are still to come, and
/// the next mail would read them as its own, so that a refused mail could count as accepted.
pub struct SmtpMailer {
    host: String,
    port: u16,
    tls: Tls,
    client_id: ClientId,
    credentials: Option<Credentials>,
    command_timeout: Duration,
    acceptance_timeout: Duration,
    from: Mailbox,
}

enum Tls {
    None,
    Starttls(TlsParameters),
    Implicit(TlsParameters),
}

/// The steps of a delivery, in their order.
#[derive(Clone, Copy)]
enum Step {
    Connection,
    Starttls,
    Login,
    Mail,
    Rcpt,
    Data,
    End,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "the connection",
            Self::Starttls => "STARTTLS",
            Self::Login => "the login",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::End => "the mail",
        }
    }

    /// Whether a refusal at this step is about the message. A refusal at an earlier step is about this
    /// server or the sender, which an operator can correct, so the message is retried.
    const fn concerns_message(self) -> bool {
        matches!(self, Self::Rcpt | Self::Data | Self::End)
    }
}

/// Why a delivery ended early.
enum SmtpFailure {
    /// The server refused this step, sent a reply that cannot be parsed, or cannot be reached.
    Smtp(Step, SmtpError),
    /// The session cannot continue: a reply did not come in time or does not fit its command, or the
    /// server lacks an extension that the mail needs.
    ProtocolError(String),
}

impl SmtpMailer {
    /// A mailer for the configured server. Does not connect yet.
    ///
    /// # Errors
    /// If `mail.from` is not an address, or TLS cannot be set up.
    pub fn new(config: &MailConfig) -> Result<Self, SetUpError> {
        let from = config.from.parse().map_err(|_| SetUpError::From)?;
        let tls = match config.tls {
            MailTls::None => Tls::None,
            MailTls::Starttls => Tls::Starttls(tls_parameters(config)?),
            MailTls::Implicit => Tls::Implicit(tls_parameters(config)?),
        };
        let credentials = match (&config.username, &config.password) {
            (Some(name), Some(password)) => Some(Credentials::new(
                name.clone(),
                password.expose_secret().to_owned(),
            )),
            _ => None,
        };
        Ok(Self {
            host: config.host.clone(),
            port: config.effective_port(),
            tls,
            client_id: ClientId::default(),
            credentials,
            command_timeout: Duration::from_secs(config.timeout_seconds),
            acceptance_timeout: Duration::from_secs(config.acceptance_timeout_seconds),
            from,
        })
    }

    /// Sends `message`, with `at` as its date. Returns once the server has accepted responsibility
    /// for it.
    pub(super) async fn send(
        &self,
        message: &StoredMessage,
        payload: &Payload,
        at: Timestamp,
    ) -> Result<(), DeliveryError> {
        let mail = self.build_mail(message, payload, at)?;
        let mut connection = self
            .connect()
            .await
            .map_err(SmtpFailure::into_delivery_error)?;
        let sent = self.transmit(&mut connection, &mail).await;
        if !matches!(sent, Err(SmtpFailure::ProtocolError(_))) {
            // The outcome is known, and recording it does not wait for the answer to QUIT.
            tokio::spawn(async move {
                let _ = timeout(QUIT_TIMEOUT, connection.quit()).await;
            });
        }
        sent.map_err(SmtpFailure::into_delivery_error)
    }

    /// Opens a connection, with TLS and login as configured.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpFailure> {
        let implicit = match &self.tls {
            Tls::Implicit(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Starttls(_) => None,
        };
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            // Applies to each address of the host, and to the TCP handshake only.
            Some(self.command_timeout),
            &self.client_id,
            implicit,
            None,
        );
        let limit = self.command_timeout.saturating_mul(CONNECT_TIMEOUT_FACTOR);
        let mut connection = with_timeout(limit, Step::Connection, connecting).await?;
        if let Tls::Starttls(parameters) = &self.tls {
            let upgrading = connection.starttls(parameters.clone(), &self.client_id);
            with_timeout(limit, Step::Starttls, upgrading).await?;
        }
        if let Some(credentials) = &self.credentials {
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            with_timeout(limit, Step::Login, login).await?;
        }
        Ok(connection)
    }

    /// Transmits `mail` and returns once the server has accepted responsibility for it.
    async fn transmit(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Message,
    ) -> Result<(), SmtpFailure> {
        use Severity::{PositiveCompletion, PositiveIntermediate};

        let envelope = mail.envelope();
        let text = mail.formatted();
        let parameters = mail_parameters(connection, mail, &text)?;
        let limit = self.command_timeout;
        let command = connection.command(Mail::new(envelope.from().cloned(), parameters));
        expect_reply(PositiveCompletion, Step::Mail, limit, command).await?;
        for to in envelope.to() {
            let command = connection.command(Rcpt::new(to.clone(), Vec::new()));
            expect_reply(PositiveCompletion, Step::Rcpt, limit, command).await?;
        }
        let command = connection.command(Data);
        expect_reply(PositiveIntermediate, Step::Data, limit, command).await?;
        let (limit, mail) = (self.acceptance_timeout, connection.message(&text));
        expect_reply(PositiveCompletion, Step::End, limit, mail).await
    }

    /// The mail with its headers.
    fn build_mail(
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
            // The same in every attempt, so that a mailbox can recognise a second copy.
            .message_id(Some(id))
            .date(UNIX_EPOCH + Duration::from_millis(millis))
            .subject(payload.subject.as_deref().unwrap_or_default())
            // RFC 3834: keeps automatic replies from answering.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            // RFC 2045, section 4: clients ignore the content type and encoding without it.
            .header(MIME_VERSION_1_0)
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

    /// The sender of the pool's EmailConfiguration, or `mail.from` where the pool has none or it is
    /// not an address: a code from an unexpected sender is better than no code.
    fn sender(&self, message: &StoredMessage, payload: &Payload) -> Mailbox {
        let Some(from) = &payload.from else {
            return self.from.clone();
        };
        from.parse().unwrap_or_else(|_| {
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

/// The parameters of the MAIL command, which announce characters beyond ASCII in an address or in the
/// mail.
fn mail_parameters(
    connection: &AsyncSmtpConnection,
    mail: &Message,
    text: &[u8],
) -> Result<Vec<MailParameter>, SmtpFailure> {
    let envelope = mail.envelope();
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    let server = connection.server_info();
    let mut parameters = Vec::new();
    if addresses.any(|address: &Address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            let text = "the address needs SMTPUTF8, which the mail server does not offer";
            return Err(SmtpFailure::ProtocolError(text.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        if !server.supports_feature(Extension::EightBitMime) {
            let text = "the mail needs 8BITMIME, which the mail server does not offer";
            return Err(SmtpFailure::ProtocolError(text.to_owned()));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// The result of `reply`, or a failure after `limit`. lettre's own timeout covers the TCP handshake
/// only.
async fn with_timeout<T>(
    limit: Duration,
    step: Step,
    reply: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, SmtpFailure> {
    match timeout(limit, reply).await {
        Ok(reply) => reply.map_err(|error| SmtpFailure::Smtp(step, error)),
        Err(_) => Err(SmtpFailure::ProtocolError(format!(
            "the mail server did not answer to {} within {} s",
            step.as_str(),
            limit.as_secs()
        ))),
    }
}

/// Checks that the reply has this severity. lettre accepts a 3xx reply to every command, but it means
/// "continue" and is right for DATA only.
async fn expect_reply(
    severity: Severity,
    step: Step,
    limit: Duration,
    reply: impl Future<Output = Result<Response, SmtpError>>,
) -> Result<(), SmtpFailure> {
    let code = with_timeout(limit, step, reply).await?.code();
    if code.severity == severity {
        return Ok(());
    }
    Err(SmtpFailure::ProtocolError(format!(
        "the mail server answered {code} to {}",
        step.as_str()
    )))
}

impl SmtpFailure {
    /// Permanent if the server refused the message itself, else transient.
    fn into_delivery_error(self) -> DeliveryError {
        let (step, error) = match self {
            Self::Smtp(step, error) => (step, error),
            Self::ProtocolError(text) => return DeliveryError::Transient(text),
        };
        let text = error.to_string();
        let code = error.status().map(|code| code.to_string());
        let concerns_login = code.is_some_and(|code| LOGIN_REPLY_CODES.contains(&code.as_str()));
        if error.is_permanent() && step.concerns_message() && !concerns_login {
            DeliveryError::Permanent(text)
        } else {
            DeliveryError::Transient(text)
        }
    }
}
