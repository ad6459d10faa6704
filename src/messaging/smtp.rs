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

use super::outbox::Payload;
use super::transport::{DeliveryError, SetUpError};
use crate::config::{MailConfig, MailTls};
use crate::domain::time::Timestamp;
use crate::store::outbox::StoredMessage;

/// Replies about the login (RFC 4954, section 6): "authentication required", "mechanism too
/// weak", "credentials invalid", "encryption required". Where a server waits with them until RCPT,
/// they are about our configuration nevertheless, and not about the message.
const ABOUT_THE_LOGIN: [&str; 4] = ["530", "534", "535", "538"];
/// How long the server may take to say good-bye.
const PARTING: Duration = Duration::from_secs(5);
/// Connecting may take this many times the seconds of one command: a name may have several
/// addresses, of which some do not answer, and TLS, greeting and EHLO come after.
const CONNECTING: u32 = 4;

/// Sends e-mail through one SMTP server, each mail over a connection of its own.
///
/// A connection whose mail was cut short still has replies to come, which the next mail would take
/// for its own: a refused one would pass for accepted. So none is used twice.
pub struct SmtpMailer {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
    command_limit: Duration,
    acceptance_limit: Duration,
    from: Mailbox,
}

enum Tls {
    None,
    Starttls(TlsParameters),
    Implicit(TlsParameters),
}

/// What the server is asked to do, in this order.
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

    /// Whether a refusal is about this message. Before, a server refuses us or our sender, which
    /// is for somebody to correct, and the message is worth keeping meanwhile.
    const fn is_about_the_message(self) -> bool {
        matches!(self, Self::Rcpt | Self::Data | Self::End)
    }
}

/// How an exchange with the server ended before its time.
enum Fault {
    /// The server refused this step, or cannot be understood or reached.
    Smtp(Step, SmtpError),
    /// There is no going on: it said nothing in time or something that does not belong here, or
    /// lacks what the mail needs.
    Astray(String),
}

impl SmtpMailer {
    /// A mailer for the configured server. Does not connect yet.
    ///
    /// # Errors
    /// If the sender is no address, or TLS cannot be set up.
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
            hello: ClientId::default(),
            credentials,
            command_limit: Duration::from_secs(config.timeout_seconds),
            acceptance_limit: Duration::from_secs(config.acceptance_timeout_seconds),
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
        let mut connection = self.connect().await.map_err(Fault::judged)?;
        let sent = self.hand_over(&mut connection, &mail).await;
        if !matches!(sent, Err(Fault::Astray(_))) {
            // Beside the delivery, whose outcome is known and is to be recorded first.
            tokio::spawn(async move {
                let _ = timeout(PARTING, connection.quit()).await;
            });
        }
        sent.map_err(Fault::judged)
    }

    /// A connection that is ready for a mail: encrypted and logged in as configured.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let implicit = match &self.tls {
            Tls::Implicit(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Starttls(_) => None,
        };
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            // For each of its addresses, and for TCP only.
            Some(self.command_limit),
            &self.hello,
            implicit,
            None,
        );
        let limit = self.command_limit.saturating_mul(CONNECTING);
        let mut connection = within(limit, Step::Connection, connecting).await?;
        if let Tls::Starttls(parameters) = &self.tls {
            let upgrading = connection.starttls(parameters.clone(), &self.hello);
            within(limit, Step::Starttls, upgrading).await?;
        }
        if let Some(credentials) = &self.credentials {
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            within(limit, Step::Login, login).await?;
        }
        Ok(connection)
    }

    /// Returns once the server has taken responsibility for `mail`.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Message,
    ) -> Result<(), Fault> {
        use Severity::{PositiveCompletion, PositiveIntermediate};

        let envelope = mail.envelope();
        let text = mail.formatted();
        let parameters = parameters(connection, mail, &text)?;
        let limit = self.command_limit;
        let command = connection.command(Mail::new(envelope.from().cloned(), parameters));
        expect(PositiveCompletion, Step::Mail, limit, command).await?;
        for to in envelope.to() {
            let command = connection.command(Rcpt::new(to.clone(), Vec::new()));
            expect(PositiveCompletion, Step::Rcpt, limit, command).await?;
        }
        let command = connection.command(Data);
        expect(PositiveIntermediate, Step::Data, limit, command).await?;
        let (limit, mail) = (self.acceptance_limit, connection.message(&text));
        expect(PositiveCompletion, Step::End, limit, mail).await
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
            // RFC 2045, section 4: without it a content type and an encoding mean nothing.
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

/// What MAIL has to announce: characters beyond ASCII, in an address or in the mail.
fn parameters(
    connection: &AsyncSmtpConnection,
    mail: &Message,
    text: &[u8],
) -> Result<Vec<MailParameter>, Fault> {
    let envelope = mail.envelope();
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    let server = connection.server_info();
    let mut parameters = Vec::new();
    if addresses.any(|address: &Address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            let text = "the address needs SMTPUTF8, which the mail server does not offer";
            return Err(Fault::Astray(text.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        if !server.supports_feature(Extension::EightBitMime) {
            let text = "the mail needs 8BITMIME, which the mail server does not offer";
            return Err(Fault::Astray(text.to_owned()));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// lettre limits the time of TCP's handshake only, so each step is limited here.
async fn within<T>(
    limit: Duration,
    step: Step,
    answer: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Fault> {
    match timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|error| Fault::Smtp(step, error)),
        Err(_) => Err(Fault::Astray(format!(
            "the mail server did not answer to {} within {} s",
            step.as_str(),
            limit.as_secs()
        ))),
    }
}

/// lettre takes 3xx for consent to anything; it means "go on" and fits DATA only.
async fn expect(
    severity: Severity,
    step: Step,
    limit: Duration,
    answer: impl Future<Output = Result<Response, SmtpError>>,
) -> Result<(), Fault> {
    let code = within(limit, step, answer).await?.code();
    if code.severity == severity {
        return Ok(());
    }
    Err(Fault::Astray(format!(
        "the mail server answered {code} to {}",
        step.as_str()
    )))
}

impl Fault {
    fn judged(self) -> DeliveryError {
        let (step, error) = match self {
            Self::Smtp(step, error) => (step, error),
            Self::Astray(text) => return DeliveryError::Transient(text),
        };
        let text = error.to_string();
        let code = error.status().map(|code| code.to_string());
        let about_the_login = code.is_some_and(|code| ABOUT_THE_LOGIN.contains(&code.as_str()));
        if error.is_permanent() && step.is_about_the_message() && !about_the_login {
            DeliveryError::Permanent(text)
        } else {
            DeliveryError::Transient(text)
        }
    }
}
