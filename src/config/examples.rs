//! The files in `config/` agree with the code.

use std::path::{Path, PathBuf};

use super::{Config, Profile, SmsProvider};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("config")
        .join(name)
}

fn load(name: &str) -> Config {
    Config::load(Some(&path(name)), std::iter::empty()).unwrap()
}

#[test]
fn the_default_file_contains_the_defaults() {
    let written = toml::to_string(&load("default.toml")).unwrap();
    let built_in = toml::to_string(&Config::development()).unwrap();
    for (written, built_in) in written.lines().zip(built_in.lines()) {
        assert_eq!(
            written, built_in,
            "config/default.toml differs from the code"
        );
    }
    assert_eq!(written.len(), built_in.len());
}

#[test]
fn the_default_file_mentions_every_key() {
    let text = std::fs::read_to_string(path("default.toml")).unwrap();
    let keys = |text: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.trim_start_matches("# ").split_once(" = "))
            .map(|(key, _)| key.to_owned())
            .collect()
    };
    let mentioned = keys(&text);
    let built_in = toml::to_string(&Config::development()).unwrap();
    // Those without a default value.
    let optional = [
        "public_url",
        "certificate",
        "key",
        "url",
        "max_connections",
        "master_key",
        "master_key_file",
        "workers",
        "port",
        "provider",
        "username",
        "password",
        "ca_file",
        "known_list",
        "secret",
        "secret_file",
        "arn",
        "protocol",
        "function_name",
        "access_key_id",
        "accept_http_url",
        "accept_missing_secret",
        "description",
        "wrong_tries_per_code",
        "multiplier",
    ];
    for key in keys(&built_in).iter().map(String::as_str).chain(optional) {
        let known = key == "user_pools" || mentioned.iter().any(|mention| mention == key);
        assert!(known, "config/default.toml does not mention `{key}`");
    }
}

#[test]
fn the_development_file_declares_a_pool() {
    let config = load("development.toml");
    assert_eq!(config.profile, Profile::Development);
    assert_eq!(config.user_pools[0].region("x"), "us-east-1");
    assert_eq!(config.user_pools[0].clients.len(), 1);
}

#[test]
fn the_production_file_lacks_only_secrets() {
    let config = load("production.toml");
    assert_eq!(config.profile, Profile::Production);
    assert!(!config.accepts_any_credentials());
}

/// Every key, from private networks; the pool and user that its comment shows are good as well.
#[test]
fn the_development_container_accepts_any_credentials_from_private_networks() {
    let config = load("development-container.toml");
    assert!(config.accepts_any_credentials());
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:2646");
    assert_eq!(config.public_url(), "http://localhost:2646");
    let accepts = |address: &str| {
        let address: std::net::IpAddr = address.parse().unwrap();
        let networks = &config.admin.accept_any_credentials_from;
        networks.iter().any(|network| network.contains(&address))
    };
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "172.17.0.1",
        "172.31.9.9",
        "192.168.1.7",
        "::1",
        "fd00::2",
    ] {
        assert!(accepts(address), "{address}");
    }
    for address in ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "::"] {
        assert!(!accepts(address), "{address}");
    }
    let file = std::fs::read_to_string(path("development-container.toml")).unwrap();
    let pools = file.find("# [[user_pools]]").unwrap();
    let pools = file[pools..].replace("# ", "").replace('#', "");
    let pools: Config = toml::from_str(&pools).unwrap();
    assert_eq!(pools.user_pools[0].users.len(), 1);
    assert!(pools.check().is_ok());
}

/// The variables that `docker-compose.yml` sets, with a placeholder for the values from `.env`.
fn compose_variables() -> Vec<(String, String)> {
    let text = include_str!("../../docker-compose.yml");
    let secret = regex::Regex::new(r"\$\{[^}]*\}").unwrap();
    text.lines()
        .filter_map(|line| line.trim().split_once(": "))
        .filter(|(name, _)| name.starts_with("COGNATE__"))
        .map(|(name, value)| {
            let value = value.trim_matches(['"', '\'']);
            let value = secret.replace_all(value, "d41e7b9c05f2a6388c37e1f04b9d52a6");
            (name.to_owned(), value.into_owned())
        })
        .collect()
}

/// The image sets no key by a variable, since a mounted file could not override it.
#[test]
fn a_mounted_file_can_set_every_key_of_the_image() {
    let dockerfile = include_str!("../../Dockerfile");
    assert!(!dockerfile.contains("COGNATE__SERVER"));
    assert!(!dockerfile.contains("COGNATE__STORE"));
    assert!(!dockerfile.contains("COGNATE__METRICS"));
    for line in [
        "COPY config/container.toml /etc/cognate/cognate.toml",
        "ENV COGNATE_CONFIG=/etc/cognate/cognate.toml",
    ] {
        assert!(dockerfile.lines().any(|l| l == line), "{line}");
    }
    // The missing keys are the operator's to set, and there is no other problem.
    let problems = Config::load(Some(&path("container.toml")), std::iter::empty()).unwrap_err();
    let keys: Vec<_> = problems.0.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "secrets.master_key_file",
            "mail.transport",
            "sms.provider",
            "server.public_url",
        ]
    );
}

#[test]
fn the_compose_file_is_complete() {
    let image = path("container.toml");
    let config = Config::load(Some(&image), compose_variables().into_iter()).unwrap();
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:2646");
    assert_eq!(config.store.data_dir, Path::new("/var/lib/cognate"));
    assert_eq!(config.profile, Profile::Production);
    assert_eq!(config.admin.access_keys.len(), 1);
}

/// The provider `log` writes codes to the log and delivers no message, which production must not get
/// by leaving a line out.
#[test]
fn production_without_an_sms_provider_is_refused() {
    let loaded = |provider: Option<&str>| {
        let mut variables = compose_variables();
        variables.retain(|(name, _)| name != "COGNATE__SMS__PROVIDER");
        variables.extend(provider.map(|p| ("COGNATE__SMS__PROVIDER".to_owned(), p.to_owned())));
        Config::load(None, variables.into_iter()).map_err(|problems| problems.to_string())
    };
    let error = loaded(None).unwrap_err();
    assert!(error.starts_with("sms.provider: missing"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    let named = loaded(Some("log")).unwrap();
    assert_eq!(named.sms.provider, Some(SmsProvider::Log));
    // Development has a default.
    assert_eq!(
        Config::development().sms.effective_provider(),
        SmsProvider::Log
    );
}
