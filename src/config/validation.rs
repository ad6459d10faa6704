//! Rules of the configuration that the type of a key cannot express.

mod keys;
mod shares;

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::pool_settings::{self, POOL_ID, is_pool_id};
use super::tokens::SESSIONS_PER_USER;
use super::{
    AdminConfig, Config, DeclaredClient, DeclaredUserPool, HttpsListen, IssuerMode, MailTransport,
    SmsProvider,
};

/// The keys that break a rule, each with the expected value.
pub(super) fn check(config: &Config) -> Vec<(String, String)> {
    let mut violations = Violations(Vec::new());
    server(config, &mut violations);
    tls(config, &mut violations);
    keys::check(config, &mut violations);
    bounds(config, &mut violations);
    shares::check(config, &mut violations);
    delivery(config, &mut violations);
    access_keys(config, &mut violations);
    violations.0.extend(super::production::check(config));
    violations.0.extend(super::secret_files::check(config));
    violations.0.extend(config.notifications.violations());
    violations.0.extend(config.triggers.violations(is_http_url));
    let of_pools = pool_settings::violations(&config.pool_settings);
    violations.0.extend(of_pools);
    let mut clients = BTreeSet::new();
    let mut pools = BTreeSet::new();
    for (index, pool) in config.user_pools.iter().enumerate() {
        let at = format!("user_pools[{index}]");
        user_pool(pool, &at, &mut violations);
        violations.add_if(
            !pools.insert(&pool.id),
            &format!("{at}.id"),
            "another declared user pool has this id",
        );
        for (index, client) in pool.clients.iter().enumerate() {
            let at = format!("{at}.clients[{index}]");
            app_client(client, &at, &mut violations);
            violations.add_if(
                !clients.insert(&client.id),
                &format!("{at}.id"),
                "another declared app client has this id",
            );
        }
    }
    violations.0
}

struct Violations(Vec<(String, String)>);

impl Violations {
    /// Records the violation if `is_broken`.
    fn add_if(&mut self, is_broken: bool, key: &str, message: &str) {
        if is_broken {
            self.0.push((key.to_owned(), message.to_owned()));
        }
    }
}

fn server(config: &Config, violations: &mut Violations) {
    let server = &config.server;
    violations.add_if(
        config.is_development()
            && !server.listen.ip().is_loopback()
            && !server.development_listens_beyond_loopback,
        "server.listen",
        "the development profile shows every code and password reset in its inbox, so it does not \
         listen on an address that other machines can reach; listen on 127.0.0.1, use `profile = \
         \"production\"`, or set `server.development_listens_beyond_loopback = true` if that is \
         what you want",
    );
    if let HttpsListen::On(address) = server.https_listen {
        violations.add_if(
            config.is_development()
                && !address.ip().is_loopback()
                && !server.development_listens_beyond_loopback,
            "server.https_listen",
            "the development profile does not listen on an address that other machines can reach; \
             listen on 127.0.0.1, or see `server.development_listens_beyond_loopback`",
        );
        violations.add_if(
            address == server.listen && address.port() != 0,
            "server.https_listen",
            "`server.listen` has this address; HTTPS needs another one",
        );
        violations.add_if(
            server.max_connections == 1,
            "server.https_listen",
            "two addresses share `server.max_connections`, which has to be 2 at least",
        );
        violations.add_if(
            !config.is_development() && server.tls.certificate.is_none(),
            "server.https_listen",
            "HTTPS needs a certificate: set `server.tls.certificate` and `server.tls.key`",
        );
    }
    let url_is_good = |url: &String| is_http_url(url) && !url.contains(['?', '#']);
    violations.add_if(
        server
            .public_url
            .as_ref()
            .is_some_and(|url| !url_is_good(url)),
        "server.public_url",
        "expected a URL as https://id.example.com, without query or fragment",
    );
    violations.add_if(
        server
            .domain_suffix
            .as_deref()
            .is_some_and(|suffix| !is_host_name(suffix)),
        "server.domain_suffix",
        "expected the end of host names as auth.example.com: small letters, digits, hyphens and dots",
    );
    violations.add_if(
        server.public_url.is_none() && !config.is_development(),
        "server.public_url",
        "missing: in production the server cannot guess the URL under which clients reach it",
    );
    violations.add_if(
        !is_region(&server.region),
        "server.region",
        "expected a region as us-east-1: lower-case letters, digits and hyphens, 32 at most",
    );
    violations.add_if(
        server.account_id.len() != 12 || !server.account_id.bytes().all(|b| b.is_ascii_digit()),
        "server.account_id",
        "expected 12 digits",
    );
}

fn tls(config: &Config, violations: &mut Violations) {
    let tls = &config.server.tls;
    violations.add_if(
        tls.certificate.is_some() != tls.key.is_some(),
        "server.tls",
        "`certificate` and `key` go together",
    );
    violations.add_if(
        tls.generate && tls.certificate.is_some(),
        "server.tls.generate",
        "a certificate is either given or generated",
    );
    violations.add_if(
        tls.generate && !config.is_development(),
        "server.tls.generate",
        "a generated certificate is for development only",
    );
}

fn bounds(config: &Config, violations: &mut Violations) {
    let (server, store) = (&config.server, &config.store);
    let (passwords, outbox) = (&config.passwords, &config.outbox);
    for (key, is_zero) in [
        ("server.max_connections", server.max_connections == 0),
        (
            "server.max_requests_in_flight",
            server.max_requests_in_flight == 0,
        ),
        (
            "server.idle_timeout_seconds",
            server.idle_timeout_seconds == 0,
        ),
        (
            "server.body_timeout_seconds",
            server.body_timeout_seconds == 0,
        ),
        (
            "server.request_timeout_seconds",
            server.request_timeout_seconds == 0,
        ),
        ("store.max_connections", store.max_connections == Some(0)),
        (
            "store.acquire_timeout_seconds",
            store.acquire_timeout_seconds == 0,
        ),
        ("passwords.iterations", passwords.iterations == 0),
        ("passwords.parallelism", passwords.parallelism == 0),
        ("passwords.workers", passwords.workers == Some(0)),
        ("outbox.attempts", outbox.attempts == 0),
        ("outbox.parallel", outbox.parallel == 0),
        (
            "outbox.max_pending_per_recipient",
            outbox.max_pending_per_recipient == 0,
        ),
        (
            "outbox.max_pending_per_pool",
            outbox.max_pending_per_pool == 0,
        ),
        (
            "outbox.backoff_base_seconds",
            outbox.backoff_base_seconds == 0,
        ),
        ("mail.timeout_seconds", config.mail.timeout_seconds == 0),
        (
            "mail.acceptance_timeout_seconds",
            config.mail.acceptance_timeout_seconds == 0,
        ),
        (
            "sms.webhook.timeout_seconds",
            config.sms.webhook.timeout_seconds == 0,
        ),
    ] {
        violations.add_if(is_zero, key, "expected at least 1");
    }
    violations.add_if(
        server.max_body_bytes < 64 * 1024,
        "server.max_body_bytes",
        "expected at least 65536: smaller bodies than AWS takes would be refused",
    );
    violations.add_if(
        passwords.iterations > 64,
        "passwords.iterations",
        "expected at most 64",
    );
    violations.add_if(
        passwords.parallelism > 16,
        "passwords.parallelism",
        "expected at most 16",
    );
    violations.add_if(
        passwords.memory_kib < passwords.parallelism.max(1).saturating_mul(8)
            || passwords.memory_kib > 1024 * 1024,
        "passwords.memory_kib",
        "expected 8 for each lane at least, and 1048576 (1 GiB) at most",
    );
    violations.add_if(
        outbox.poll_interval_ms < 10,
        "outbox.poll_interval_ms",
        "expected at least 10",
    );
    violations.add_if(
        config.tokens.key_reserve > 64,
        "tokens.key_reserve",
        "expected at most 64",
    );
    let of_limits = config.limits.violations(config.is_development());
    violations.0.extend(of_limits);
    violations.add_if(
        !(1..=SESSIONS_PER_USER).contains(&config.tokens.max_sessions_per_user),
        "tokens.max_sessions_per_user",
        "expected 1 to 1000",
    );
    violations.add_if(
        !(1..=100).contains(&config.tokens.successors_within_grace),
        "tokens.successors_within_grace",
        "expected 1 to 100",
    );
    violations.add_if(
        !is_log_level(&config.logs.level),
        "logs.level",
        "expected error, warn, info, debug or trace, or directives as `info,cognate=debug`",
    );
    violations.add_if(
        matches!(&config.tokens.issuer, IssuerMode::Base(url) | IssuerMode::Fixed(url) if !is_http_url(url)),
        "tokens.issuer",
        "expected a URL as https://id.example.com",
    );
}

fn delivery(config: &Config, violations: &mut Violations) {
    let (mail, sms) = (&config.mail, &config.sms);
    let smtp = mail.transport == MailTransport::Smtp;
    violations.add_if(
        !smtp && !config.is_development(),
        "mail.transport",
        "the inbox is for development only; set `mail.transport = \"smtp\"` and `mail.host`",
    );
    violations.add_if(
        smtp && mail.host.is_empty(),
        "mail.host",
        "missing: the name of the SMTP server",
    );
    violations.add_if(
        mail.username.is_some() != mail.password.is_some(),
        "mail.username",
        "`username` and `password` go together",
    );
    violations.add_if(
        !mail.from.contains('@'),
        "mail.from",
        "expected an e-mail address",
    );
    violations.add_if(
        mail.accept_invalid_certificates && !config.is_development(),
        "mail.accept_invalid_certificates",
        "for development only; name the authority in `mail.ca_file` instead",
    );
    violations.add_if(
        sms.provider.is_none() && !config.is_development(),
        "sms.provider",
        "missing: `webhook` sends text messages; `log` sends none and writes their codes to the \
         log, which production permits only where it is asked for by name",
    );
    violations.add_if(
        sms.provider == Some(SmsProvider::Webhook) && !is_http_url(sms.webhook.url.expose()),
        "sms.webhook.url",
        "expected the URL of the webhook, as https://sms.example.com/send",
    );
}

fn access_keys(config: &Config, violations: &mut Violations) {
    /// AWS's own secrets have 40 characters.
    const PRODUCTION_SECRET: usize = 32;
    let default = AdminConfig::default().accept_any_credentials_from;
    violations.add_if(
        !config.is_development() && config.admin.accept_any_credentials_from != default,
        "admin.accept_any_credentials_from",
        "for development only: production accepts the keys in `admin.access_keys`, from everywhere",
    );
    let mut ids = BTreeSet::new();
    for (index, key) in config.admin.access_keys.iter().enumerate() {
        let at = format!("admin.access_keys[{index}]");
        violations.add_if(
            !is_word(&key.id, 1, 128),
            &format!("{at}.id"),
            "expected 1 to 128 letters, digits and underscores",
        );
        violations.add_if(
            !ids.insert(&key.id),
            &format!("{at}.id"),
            "another access key has this id",
        );
        let length = key.secret.expose_secret().len();
        violations.add_if(
            length == 0,
            &format!("{at}.secret"),
            "missing: the secret that goes with the id",
        );
        violations.add_if(
            length > 0 && length < PRODUCTION_SECRET && !config.is_development(),
            &format!("{at}.secret"),
            "in production a secret has at least 32 characters",
        );
    }
}

fn user_pool(pool: &DeclaredUserPool, at: &str, violations: &mut Violations) {
    violations.add_if(!is_pool_id(&pool.id), &format!("{at}.id"), POOL_ID);
    violations.add_if(!is_name(&pool.name), &format!("{at}.name"), NAME);
    violations.add_if(
        pool.settings.contains_key("PoolName"),
        &format!("{at}.settings.PoolName"),
        "the name is given by `name`",
    );
    let mut groups = BTreeSet::new();
    for (index, group) in pool.groups.iter().enumerate() {
        let at = format!("{at}.groups[{index}].name");
        violations.add_if(!is_visible(&group.name), &at, VISIBLE);
        violations.add_if(
            !groups.insert(group.name.as_str()),
            &at,
            "another group has this name",
        );
    }
    let mut names = BTreeSet::new();
    for (index, user) in pool.users.iter().enumerate() {
        let at = format!("{at}.users[{index}]");
        let name = format!("{at}.username");
        violations.add_if(!is_visible(&user.username), &name, VISIBLE);
        violations.add_if(
            !names.insert(&user.username),
            &name,
            "another user has this name",
        );
        violations.add_if(
            user.password.is_none() && user.confirmed,
            &format!("{at}.password"),
            "missing: a user without `confirmed = false` has a password",
        );
        for (index, group) in user.groups.iter().enumerate() {
            violations.add_if(
                !groups.contains(group.as_str()),
                &format!("{at}.groups[{index}]"),
                "no group of this name is declared in the pool",
            );
        }
    }
}

fn app_client(client: &DeclaredClient, at: &str, violations: &mut Violations) {
    violations.add_if(
        !is_word(&client.id, 1, 128),
        &format!("{at}.id"),
        "expected 1 to 128 letters, digits and underscores",
    );
    violations.add_if(!is_name(&client.name), &format!("{at}.name"), NAME);
    violations.add_if(
        client
            .secret
            .as_ref()
            .is_some_and(|secret| !is_word(secret.expose_secret(), 24, 64)),
        &format!("{at}.secret"),
        "expected 24 to 64 letters, digits and underscores",
    );
    for (member, key) in [
        ("ClientName", "name"),
        ("ClientId", "id"),
        ("ClientSecret", "secret"),
    ] {
        violations.add_if(
            client.settings.contains_key(member),
            &format!("{at}.settings.{member}"),
            &format!("this is given by `{key}`"),
        );
    }
    for (member, message) in [
        (
            "GenerateSecret",
            "a declared client has the secret that `secret` gives, or none",
        ),
        (
            "UserPoolId",
            "a declared client belongs to the pool that it stands below",
        ),
    ] {
        violations.add_if(
            client.settings.contains_key(member),
            &format!("{at}.settings.{member}"),
            message,
        );
    }
}

const NAME: &str = "expected 1 to 128 letters, digits, spaces and any of _+=,.@-";
const VISIBLE: &str = "expected 1 to 128 characters without spaces and control characters";

/// The model's pattern of pool and client names, `[\w\s+=,.@-]+`, which means ASCII.
fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_+=,.@-".contains(c))
}

/// The model's pattern of user and group names, `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`.
fn is_visible(text: &str) -> bool {
    (1..=128).contains(&text.chars().count())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// A level, or directives with one. A bare word that is no level would be taken for a module, and silence
/// all others.
fn is_log_level(text: &str) -> bool {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    tracing_subscriber::EnvFilter::try_new(text).is_ok()
        && text
            .split(',')
            .all(|directive| directive.contains(['=', '[', ':']) || is_level(directive.trim()))
}

fn is_word(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_http_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
    })
}

/// Whether the text is a host name of two labels or more, in small letters.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(known)
    };
    text.len() <= 190 && text.contains('.') && text.split('.').all(is_label)
}
