//! `[mail]`: delivery of e-mail.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Delivery of e-mail. In development the inbox page shows every message, whatever the transport.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// `inbox` (development only) or `smtp`.
    pub transport: MailTransport,
    /// Name or address of the SMTP server.
    pub host: String,
    /// Its port. Absent: 587 for `starttls`, 465 for `implicit`, 25 for `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    pub tls: MailTls,
    /// The user name of the login; absent: no login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password of the login.
    #[serde(serialize_with = "super::redaction::redacted_option")]
    pub password: Option<SecretString>,
    /// Permits production to log in although `tls` is `none`.
    pub accept_login_without_tls: bool,
    /// Sender, where a pool's EmailConfiguration names none: `name@host` or `Name <name@host>`.
    pub from: String,
    /// Seconds that each command may take; connecting, STARTTLS and the login may take four times
    /// as long.
    pub timeout_seconds: u64,
    /// Seconds that the mail server may take to accept a mail after its last byte, since many scan it
    /// first. A mail that times out too early may arrive twice; RFC 5321 (4.5.3.2.6) asks for ten
    /// minutes.
    pub acceptance_timeout_seconds: u64,
    /// PEM file of certificate authorities to trust besides the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Development only: accept any certificate.
    pub accept_invalid_certificates: bool,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            transport: MailTransport::Inbox,
            host: String::new(),
            port: None,
            tls: MailTls::Starttls,
            username: None,
            password: None,
            accept_login_without_tls: false,
            from: "no-reply@verificationemail.com".to_owned(),
            timeout_seconds: 15,
            acceptance_timeout_seconds: 600,
            ca_file: None,
            accept_invalid_certificates: false,
        }
    }
}

impl MailConfig {
    /// The configured port, or the usual one for the kind of protection.
    #[must_use]
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::None => 25,
            MailTls::Starttls => 587,
            MailTls::Implicit => 465,
        })
    }
}

/// Where e-mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Nowhere but the development inbox.
    Inbox,
    /// To an SMTP server.
    Smtp,
}

/// How the connection to the SMTP server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Not at all.
    None,
    /// Upgraded with STARTTLS, which must succeed.
    Starttls,
    /// TLS from the first byte.
    Implicit,
}
