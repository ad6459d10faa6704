//! What the production profile refuses because it is weak. Each rule has a key that accepts the weakness,
//! which begins with `accept_`, and says so.

use std::net::IpAddr;

use secrecy::ExposeSecret;

use super::{Config, FunctionProtocol, MailTls, MailTransport, SmsProvider, key_strength};

/// The least memory of one Argon2id hash, in KiB, for 1, 2, 3, 4 and 5 passes or more: the pairs that OWASP's
/// Password Storage Cheat Sheet recommends as equally strong, each with one lane.
const LEAST_MEMORY_KIB: [u32; 5] = [47_104, 19_456, 12_288, 9_216, 7_168];

/// The keys whose values are too weak for production, each with what is wrong and what to do.
pub(super) fn check(config: &Config) -> Vec<(String, String)> {
    if config.is_development() {
        return Vec::new();
    }
    let mut weak = Vec::new();
    public_url(config, &mut weak);
    password_hashes(config, &mut weak);
    mail_login(config, &mut weak);
    webhook(config, &mut weak);
    triggers(config, &mut weak);
    access_keys(config, &mut weak);
    weak
}

fn public_url(config: &Config, weak: &mut Vec<(String, String)>) {
    let server = &config.server;
    let is_plain = server.public_url.as_deref().is_some_and(is_plain_and_far);
    if is_plain && server.trusted_proxies.is_empty() && !server.accept_http_public_url {
        weak.push((
            "server.public_url".to_owned(),
            "passwords and tokens would cross the network unprotected; use https, list the proxy that \
             ends TLS in `server.trusted_proxies`, or set `server.accept_http_public_url = true`"
                .to_owned(),
        ));
    }
}

fn password_hashes(config: &Config, weak: &mut Vec<(String, String)>) {
    let passwords = &config.passwords;
    let passes = usize::try_from(passwords.iterations).unwrap_or(usize::MAX);
    let index = passes.clamp(1, LEAST_MEMORY_KIB.len()) - 1;
    let least = LEAST_MEMORY_KIB.get(index).copied().unwrap_or(u32::MAX);
    if passwords.memory_kib < least && !passwords.accept_weak_argon2 {
        weak.push((
            "passwords.memory_kib".to_owned(),
            format!(
                "with `iterations = {}`, Argon2id is below OWASP's floor of {least} KiB; set at least \
                 that, or more iterations (1 with 47104, 2 with 19456, 3 with 12288, 4 with 9216, 5 with \
                 7168), or `passwords.accept_weak_argon2 = true`",
                passwords.iterations
            ),
        ));
    }
}

fn mail_login(config: &Config, weak: &mut Vec<(String, String)>) {
    let mail = &config.mail;
    let logs_in = mail.transport == MailTransport::Smtp && mail.username.is_some();
    if logs_in && mail.tls == MailTls::None && !mail.accept_login_without_tls {
        weak.push((
            "mail.tls".to_owned(),
            "the login at the mail server would cross the network unprotected; use `starttls` or \
             `implicit`, or set `mail.accept_login_without_tls = true`"
                .to_owned(),
        ));
    }
}

fn webhook(config: &Config, weak: &mut Vec<(String, String)>) {
    let webhook = &config.sms.webhook;
    if config.sms.provider != Some(SmsProvider::Webhook) {
        return;
    }
    if is_plain_and_far(webhook.url.expose()) && !webhook.accept_http_url {
        weak.push((
            "sms.webhook.url".to_owned(),
            "codes would cross the network unprotected; use https, or set \
             `sms.webhook.accept_http_url = true`"
                .to_owned(),
        ));
    }
    let has_secret = webhook
        .secret
        .as_ref()
        .is_some_and(|secret| !secret.expose_secret().is_empty());
    if !has_secret && !webhook.accept_missing_secret {
        weak.push((
            "sms.webhook.secret".to_owned(),
            "missing: without it the endpoint cannot tell who calls; set a secret that both know, or \
             `sms.webhook.accept_missing_secret = true`"
                .to_owned(),
        ));
    }
}

fn triggers(config: &Config, weak: &mut Vec<(String, String)>) {
    for (index, function) in config.triggers.functions.iter().enumerate() {
        let at = format!("triggers.functions[{index}]");
        if is_plain_and_far(function.url.expose()) && !function.accept_http_url {
            weak.push((
                format!("{at}.url"),
                format!(
                    "attributes of users, and passwords at a migration, would cross the network \
                     unprotected; use https, or set `{at}.accept_http_url = true`"
                ),
            ));
        }
        let secret = function.secret.as_ref();
        let has_secret = function.secret_file.is_some()
            || secret.is_some_and(|secret| !secret.expose_secret().is_empty());
        let needs_secret = function.protocol == FunctionProtocol::Http;
        if needs_secret && !has_secret && !function.accept_missing_secret {
            weak.push((
                format!("{at}.secret"),
                format!(
                    "missing: without it the function cannot tell who calls; set a secret that both \
                     know, or `{at}.accept_missing_secret = true`"
                ),
            ));
        }
    }
}

fn access_keys(config: &Config, weak: &mut Vec<(String, String)>) {
    if config.admin.accept_weak_secrets {
        return;
    }
    for (index, key) in config.admin.access_keys.iter().enumerate() {
        let secret = key.secret.expose_secret();
        // A shorter one has its problem already.
        if secret.len() >= 32
            && let Some(weakness) = key_strength::weakness_of_secret(secret)
        {
            weak.push((
                format!("admin.access_keys[{index}].secret"),
                format!(
                    "not random: it {weakness}; draw one, as `openssl rand -hex 20` prints, or set \
                     `admin.accept_weak_secrets = true`"
                ),
            ));
        }
    }
}

/// Whether what is sent to this URL crosses a network without TLS. Where it is read differently by the client
/// that calls it, as with a backslash for a slash, the host ends at the first of both.
fn is_plain_and_far(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => host,
    };
    let host = host.to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    !match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
