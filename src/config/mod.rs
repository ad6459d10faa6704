//! Configuration: one file per section, defaults <- TOML file <- environment.
//!
//! Every key of a section is a public field here, named as in the file. A variable
//! `COGNATE__SECTION__KEY` sets `section.key`; deeper keys take another `__`, letters may be of
//! either case, and lists are written as TOML arrays. Unknown keys are refused everywhere.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

mod admin;
mod compat;
mod declared;
mod events;
#[cfg(test)]
mod examples;
mod https_listen;
mod ignored_variables;
mod key_command;
mod key_strength;
mod limits;
mod listen_address;
mod logs;
mod mail;
mod metrics;
mod notifications;
mod outbox;
mod passwords;
mod pool_settings;
mod postgres_hosts;
mod problems;
mod production;
mod public_address;
mod redaction;
mod secret_files;
mod secrets;
mod server;
mod sessions;
mod sms;
mod source;
mod source_map;
mod store;
mod tokens;
mod tree;
mod triggers;
mod users;
mod validation;

pub use admin::{AccessKey, AdminConfig};
pub use compat::CompatConfig;
pub use declared::{DeclaredClient, DeclaredGroup, DeclaredUser, DeclaredUserPool, WireSettings};
pub use events::EventsConfig;
pub use https_listen::HttpsListen;
pub use ignored_variables::ignored_variables;
pub use limits::{LimitsConfig, UsageLimits};
pub use logs::{LogFormat, LogsConfig};
pub use mail::{MailConfig, MailTls, MailTransport};
pub use metrics::{MetricsConfig, MetricsListen};
pub use notifications::{
    NotificationText, NotificationsConfig, NotificationsOverrides, PoolNotifications,
};
pub use outbox::OutboxConfig;
pub use passwords::{PasswordsConfig, PasswordsOverrides};
pub use pool_settings::{PoolConfig, PoolOverrides};
pub use problems::{Problem, Problems, SourceLocation, unknown_name};
pub use public_address::PublicAddress;
pub use secrets::{MasterKeyError, MasterKeys, SecretsConfig, read_key_file};
pub use server::{ForwardedHeader, ServerConfig, TlsConfig};
pub use sessions::{SessionsConfig, SessionsOverrides};
pub use sms::{SmsConfig, SmsProvider, SmsWebhookConfig, WebhookUrl};
pub use store::{StoreConfig, StoreKind, StoreUrl};
pub use tokens::{IssuerMode, TokensConfig, TokensOverrides};
pub use triggers::{
    ANY_FUNCTION, FunctionConfig, FunctionProtocol, SenderKeyConfig, TriggersConfig,
};
pub use users::{UsersConfig, UsersOverrides};

/// Rules that another module has: from a configuration to each key that breaks one, with the expected
/// value.
pub type FurtherRules<'a> = dyn Fn(&Config) -> Vec<(String, String)> + 'a;

/// Which set of rules and conveniences applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// For a developer's machine: an inbox instead of mail, a movable clock, generated keys, any
    /// administrator's credentials from `admin.accept_any_credentials_from`.
    #[default]
    Development,
    /// For deployments: nothing is generated, and settings without a safe default must be given.
    Production,
}

/// The whole effective configuration of one server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `development` or `production`. A configuration file has to say which.
    pub profile: Profile,
    /// Addresses, identity and bounds of the HTTP server.
    pub server: ServerConfig,
    /// The database and the data directory.
    pub store: StoreConfig,
    /// The master key under which the database's secrets are encrypted.
    pub secrets: SecretsConfig,
    /// The cost of hashing a password.
    pub passwords: PasswordsConfig,
    /// Issuer of tokens, the reserve of signing keys, and how much descends from one user.
    pub tokens: TokensConfig,
    /// Which changes of a user's credentials end the user's sessions.
    pub sessions: SessionsConfig,
    /// How long users stay who never confirm their sign-up.
    pub users: UsersConfig,
    /// How often a user may try what.
    pub limits: LimitsConfig,
    /// Delivery of e-mail.
    pub mail: MailConfig,
    /// Delivery of text messages.
    pub sms: SmsConfig,
    /// Retries and retention of the outbox that feeds both.
    pub outbox: OutboxConfig,
    /// The record of what happens to users' accounts.
    pub events: EventsConfig,
    /// Which messages users get about their accounts.
    pub notifications: NotificationsConfig,
    /// Where the functions of triggers are reached.
    pub triggers: TriggersConfig,
    /// Who may call the signed operations.
    pub admin: AdminConfig,
    /// What is refused although this server could do it.
    pub compat: CompatConfig,
    /// The Prometheus listener.
    pub metrics: MetricsConfig,
    /// Level and format of the log.
    pub logs: LogsConfig,
    /// What single user pools set instead of the server's values, by their ids; see [`Config::for_pool`].
    pub pool_settings: BTreeMap<String, PoolOverrides>,
    /// User pools that the server creates at start, with fixed ids.
    pub user_pools: Vec<DeclaredUserPool>,
}

impl Config {
    /// Reads `file`, if any, overridden by the variables of `environment` that begin with `COGNATE__`.
    /// Other keys have their defaults. Without a file the profile is development.
    ///
    /// # Errors
    /// Every problem, with its key, its line or variable, and the expected value.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Problems> {
        Self::load_checked(file, environment, &|_| Vec::new())
    }

    /// As [`Config::load`], and applies `further_rules` to what could be read, so that their problems are
    /// reported in the same round. They are rules that this module cannot know, as those of a declared
    /// user pool's settings.
    ///
    /// # Errors
    /// Every problem.
    pub fn load_checked(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        further_rules: &FurtherRules<'_>,
    ) -> Result<Self, Problems> {
        source::load(file, environment, further_rules)
    }

    /// Checks the rules between keys. [`Config::load`] does this itself; a configuration that was built
    /// otherwise needs the call.
    ///
    /// # Errors
    /// Every broken rule.
    pub fn check(&self) -> Result<(), Problems> {
        let problems: Vec<_> = validation::check(self)
            .into_iter()
            .map(|(key, message)| Problem {
                key,
                location: SourceLocation::Nowhere,
                message,
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(problems))
        }
    }

    /// The built-in development configuration, as used when there is neither a file nor a variable.
    #[must_use]
    pub fn development() -> Self {
        Self::default()
    }

    /// Whether this is the development profile.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.profile == Profile::Development
    }

    /// Whether signed operations accept any credentials: in development, only while no access key is
    /// configured, and only from `admin.accept_any_credentials_from`.
    #[must_use]
    pub fn accepts_any_credentials(&self) -> bool {
        self.is_development() && self.admin.access_keys.is_empty()
    }

    /// The URL under which clients reach the server, without a trailing slash: the configured one,
    /// or one built from the listen address and the TLS setting.
    #[must_use]
    pub fn public_url(&self) -> String {
        match &self.server.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => self.url_of(self.server.listen),
        }
    }

    /// What the host names of prefix domains end with; `None` where they have none.
    #[must_use]
    pub fn domain_suffix(&self) -> Option<&str> {
        match self.server.domain_suffix.as_deref() {
            None if self.is_development() => Some("auth.localhost"),
            suffix => suffix,
        }
    }

    /// The URL that [`Config::public_url`] would derive from `address`, the address that was bound.
    #[must_use]
    pub fn url_of(&self, address: SocketAddr) -> String {
        let scheme = if self.server.listen_speaks_https() {
            "https"
        } else {
            "http"
        };
        if address.ip().is_unspecified() {
            // Clients cannot connect to the unspecified address; localhost works on this machine.
            format!("{scheme}://localhost:{}", address.port())
        } else {
            format!("{scheme}://{address}")
        }
    }

    /// The configuration file that is read when none is named: `cognate.toml` in `directory`, if it
    /// exists.
    #[must_use]
    pub fn discover(directory: &Path) -> Option<PathBuf> {
        let path = directory.join("cognate.toml");
        path.is_file().then_some(path)
    }
}
