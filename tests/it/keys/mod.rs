//! The life of keys: exchange of the master key and of signing keys, sealing of password hashes, and access keys.

mod access;
mod changes_meanwhile;
mod master_key;
mod password_hashes;
mod saml_keys;
mod signing_keys;

use std::process::{Command, Output};
use std::time::Duration;

use cognate::config::Config;
use cognate::crypto::{MasterKey, Vault};
use cognate::entropy::Entropy;

use crate::support::{StoreKind, TestStore, wait};

/// Longer than a job takes to come round on a busy machine.
const JOB: Duration = Duration::from_secs(120);

/// A master key of one digit.
fn key(digit: &str) -> String {
    digit.repeat(64)
}

/// What is sealed under this master key opens with it.
fn vault(digit: &str) -> Vault {
    let bytes: [u8; 32] = hex::decode(key(digit)).unwrap().try_into().unwrap();
    Vault::new(&MasterKey::from_bytes(bytes), &[], Entropy).unwrap()
}

/// The id of the master key as SQL.
fn key_id(store: &TestStore, digit: &str) -> String {
    let id = vault(digit).current_key().to_string();
    match store.kind {
        StoreKind::Sqlite => format!("x'{id}'"),
        StoreKind::Postgres => format!("'\\x{id}'::bytea"),
    }
}

/// Configures a master key and the previous ones.
fn with_keys(current: &str, previous: &[&str]) -> impl FnOnce(&mut Config) + use<> {
    let current = key(current);
    let previous: Vec<_> = previous.iter().map(|digit| key(digit).into()).collect();
    move |config| {
        config.secrets.master_key = Some(current.into());
        config.secrets.previous_master_keys = previous;
    }
}

/// What a command of the binary said.
struct Said {
    status: i32,
    out: String,
    error: String,
}

/// Runs `cognate keys …` on the store with these master keys, beside whatever server has it.
async fn keys(store: &TestStore, arguments: &[&str], current: &str, previous: &[&str]) -> Said {
    let previous: Vec<String> = previous
        .iter()
        .map(|digit| format!("{:?}", key(digit)))
        .collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command
        .arg("keys")
        .args(arguments)
        .current_dir(store.directory())
        .env_clear()
        .env("COGNATE__STORE__URL", &store.url)
        .env("COGNATE__SECRETS__MASTER_KEY", key(current))
        .env("COGNATE__TOKENS__SIGNING_KEY_LEAD_MINUTES", "10")
        .env(
            "COGNATE__SECRETS__PREVIOUS_MASTER_KEYS",
            format!("[{}]", previous.join(", ")),
        );
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        error: String::from_utf8(output.stderr).unwrap(),
    };
    for digit in [current, "1", "2", "3"] {
        assert!(!said.out.contains(&key(digit)), "{}", said.out);
        assert!(!said.error.contains(&key(digit)), "{}", said.error);
    }
    said
}

/// The number that a query counts.
async fn count(store: &TestStore, what: &str) -> usize {
    let rows = store
        .ask(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {what}"))
        .await;
    rows[0].parse().unwrap()
}

/// Waits until no row of `what` is left.
async fn until_none(store: &TestStore, what: &str) {
    wait::until(what, JOB, || async {
        (count(store, what).await == 0).then_some(())
    })
    .await;
}
