use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::config::{AccessKey, Problems, Profile, SourceLocation};

const RANDOM: &str = "5a1e29b4d7603f8815cea942b3f1c27d905e4a6618d2ef7340ab9c5e0c6d83f7";

/// A production configuration that nothing is wrong with.
fn good() -> Config {
    let mut config = Config::development();
    config.profile = Profile::Production;
    config.server.public_url = Some("https://id.example.com".to_owned());
    config.secrets.master_key = Some(RANDOM.into());
    config.mail.transport = MailTransport::Smtp;
    config.mail.host = "smtp.example.com".to_owned();
    config.sms.provider = Some(SmsProvider::Log);
    assert!(config.check().is_ok());
    config
}

/// Asserts that `weaken` leads to one line, of this key, which names the key that accepts it; and that there
/// is none with that key, or in development.
fn assert_refused(weaken: impl Fn(&mut Config), key: &str, remedy: &str, accept: fn(&mut Config)) {
    let mut config = good();
    weaken(&mut config);
    let problems = config.check().unwrap_err().to_string();
    assert_eq!(problems.lines().count(), 1, "{problems}");
    assert!(problems.starts_with(&format!("{key}: ")), "{problems}");
    assert!(
        problems.contains(&format!("`{remedy} = true`")),
        "{problems}"
    );
    accept(&mut config);
    assert!(config.check().is_ok(), "{remedy}");
    let mut config = Config::development();
    weaken(&mut config);
    assert!(config.check().is_ok(), "{key} in development");
}

#[test]
fn an_http_public_url_beyond_loopback_is_refused() {
    for url in [
        "http://id.example.com",
        "http://10.0.0.1:2646",
        "http://[2001:db8::1]",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@id.example.com:2646/",
    ] {
        assert_refused(
            |config| config.server.public_url = Some(url.to_owned()),
            "server.public_url",
            "server.accept_http_public_url",
            |config| config.server.accept_http_public_url = true,
        );
        let mut config = good();
        config.server.public_url = Some(url.to_owned());
        config.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        assert!(config.check().is_ok());
    }
    for url in [
        "http://localhost:2646",
        "http://127.0.0.1",
        "http://[::1]:80",
        "http://id.localhost",
        "https://id.example.com",
    ] {
        let mut config = good();
        config.server.public_url = Some(url.to_owned());
        assert!(config.check().is_ok(), "{url}");
    }
}

/// Each of OWASP's pairs is taken, and a KiB less is not.
#[test]
fn argon2_below_the_floor_is_refused() {
    for (iterations, least) in [
        (1, 47_104),
        (2, 19_456),
        (3, 12_288),
        (4, 9_216),
        (5, 7_168),
        (9, 7_168),
    ] {
        let set = |config: &mut Config, memory| {
            config.passwords.iterations = iterations;
            config.passwords.memory_kib = memory;
        };
        let mut config = good();
        set(&mut config, least);
        assert!(config.check().is_ok(), "{iterations}");
        assert_refused(
            |config| set(config, least - 1),
            "passwords.memory_kib",
            "passwords.accept_weak_argon2",
            |config| config.passwords.accept_weak_argon2 = true,
        );
    }
}

#[test]
fn a_mail_login_without_tls_is_refused() {
    assert_refused(
        |config| {
            config.mail.transport = MailTransport::Smtp;
            config.mail.host = "smtp.example.com".to_owned();
            config.mail.tls = MailTls::None;
            config.mail.username = Some("cognate".to_owned());
            config.mail.password = Some("hunter2".into());
        },
        "mail.tls",
        "mail.accept_login_without_tls",
        |config| config.mail.accept_login_without_tls = true,
    );
    let mut config = good();
    config.mail.tls = MailTls::None;
    assert!(
        config.check().is_ok(),
        "without a login there is no password"
    );
}

#[test]
fn a_weak_webhook_is_refused() {
    let webhook = |config: &mut Config, url: &str, secret: Option<&str>| {
        config.sms.provider = Some(SmsProvider::Webhook);
        config.sms.webhook.url = url.to_owned().into();
        config.sms.webhook.secret = secret.map(Into::into);
    };
    let far = "https://sms.example.com/send";
    for secret in [None, Some("")] {
        assert_refused(
            |config| webhook(config, far, secret),
            "sms.webhook.secret",
            "sms.webhook.accept_missing_secret",
            |config| config.sms.webhook.accept_missing_secret = true,
        );
    }
    assert_refused(
        |config| webhook(config, "http://sms.example.com/send", Some("shared")),
        "sms.webhook.url",
        "sms.webhook.accept_http_url",
        |config| config.sms.webhook.accept_http_url = true,
    );
    for url in [far, "http://127.0.0.1:9000/send", "http://localhost/send"] {
        let mut config = good();
        webhook(&mut config, url, Some("shared"));
        assert!(config.check().is_ok(), "{url}");
    }
}

#[test]
fn keys_that_are_not_random_are_refused() {
    for key in [
        "00".repeat(32),
        hex::encode(b"correct horse battery staple, 12"),
    ] {
        assert_refused(
            |config| config.secrets.master_key = Some(key.clone().into()),
            "secrets.master_key",
            "secrets.accept_weak_keys",
            |config| config.secrets.accept_weak_keys = true,
        );
        // Somebody who replaces a weak key has it here for a while.
        let mut config = good();
        config.secrets.previous_master_keys = vec![key.into()];
        assert!(config.check().is_ok());
    }
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let text = |config: &mut Config| {
        config.admin.access_keys = vec![AccessKey {
            id: "KEY".to_owned(),
            secret: secret.into(),
            description: String::new(),
            policy: String::new(),
        }];
    };
    assert_refused(
        text,
        "admin.access_keys[0].secret",
        "admin.accept_weak_secrets",
        |config| config.admin.accept_weak_secrets = true,
    );
    let mut config = good();
    text(&mut config);
    assert!(!config.check().unwrap_err().to_string().contains(secret));
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_that_others_can_open_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    for mode in [0o640, 0o604, 0o620, 0o644, 0o666] {
        write(&path, RANDOM, mode);
        let (master, tls) = (path.clone(), path.clone());
        assert_refused(
            move |config| {
                config.secrets.master_key = None;
                config.secrets.master_key_file = Some(master.clone());
            },
            "secrets.master_key_file",
            "secrets.accept_readable_files",
            |config| config.secrets.accept_readable_files = true,
        );
        assert_refused(
            move |config| {
                config.server.tls.certificate = Some(tls.clone());
                config.server.tls.key = Some(tls.clone());
            },
            "server.tls.key",
            "secrets.accept_readable_files",
            |config| config.secrets.accept_readable_files = true,
        );
    }
    for mode in [0o600, 0o400] {
        write(&path, RANDOM, mode);
        let mut config = good();
        config.secrets.master_key = None;
        config.secrets.master_key_file = Some(path.clone());
        assert!(config.check().is_ok(), "{mode:o}");
    }
    // The content is judged as well.
    write(&path, &"00".repeat(32), 0o600);
    let mut config = good();
    config.secrets.master_key = None;
    config.secrets.master_key_file = Some(path.clone());
    let problems = config.check().unwrap_err().to_string();
    assert!(
        problems.starts_with("secrets.master_key_file: not random"),
        "{problems}"
    );
}

const PUBLIC_FILE: &str = "profile = 'production'
[server]
public_url = 'https://id.example.com'
[mail]
transport = 'smtp'
host = 'smtp.example.com'
[sms]
provider = 'log'
";

fn load(text: &str, mode: u32, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cognate.toml");
    write(&path, text, mode);
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(&path), environment)
}

/// A configuration file without secrets may be read by everybody; one with a secret may not.
#[test]
fn a_configuration_file_with_secrets_is_private() {
    let key = ("COGNATE__SECRETS__MASTER_KEY", RANDOM);
    let accept = ("COGNATE__SECRETS__ACCEPT_READABLE_FILES", "true");
    assert!(load(PUBLIC_FILE, 0o644, &[key]).is_ok());
    for (more, secret) in [
        (
            "[admin]\naccess_keys = [{ id = 'A', secret = 'd41e7b9c05f2a6388c37e1f04b9d52a6' }]\n",
            "admin.access_keys[0].secret",
        ),
        (
            "[store]\nurl = 'postgres://cognate:hunter2@db/cognate'\n",
            "store.url",
        ),
    ] {
        let text = format!("{PUBLIC_FILE}{more}");
        let problems = load(&text, 0o644, &[key]).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert_eq!(problems.0[0].key, secret);
        assert!(matches!(
            problems.0[0].location,
            SourceLocation::File { .. }
        ));
        assert!(problems.to_string().contains("mode 0644"), "{problems}");
        assert!(!problems.to_string().contains("hunter2"), "{problems}");
        assert!(load(&text, 0o600, &[key]).is_ok());
        assert!(load(&text, 0o644, &[key, accept]).is_ok());
    }
    let text = format!("{PUBLIC_FILE}[store]\nurl = 'postgres://cognate@db/cognate'\n");
    assert!(
        load(&text, 0o644, &[key]).is_ok(),
        "a URL without a password"
    );
}
