//! The files in `config/` say what the code does.

use std::path::{Path, PathBuf};

use super::{Config, Profile};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("config")
        .join(name)
}

fn load(name: &str) -> Config {
    Config::load(Some(&path(name)), std::iter::empty()).unwrap()
}

#[test]
fn the_default_file_has_the_defaults() {
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
        "username",
        "password",
        "ca_file",
        "secret",
        "description",
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
    assert_eq!(config.user_pools[0].region(), "us-east-1");
    assert_eq!(config.user_pools[0].clients.len(), 1);
}

#[test]
fn the_production_file_is_complete_but_for_secrets() {
    let config = load("production.toml");
    assert_eq!(config.profile, Profile::Production);
    assert!(!config.accepts_any_credentials());
}
