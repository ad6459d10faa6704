//! Access keys, as the operator makes them beside a server that runs.

use std::process::Command;

use super::client::Admin;
use super::server::Endpoint;
use super::store::TestStore;

/// What `cognate keys access` said.
pub struct Said {
    /// How it ended.
    pub status: i32,
    /// Its output.
    pub out: String,
    /// What went to standard error.
    pub error: String,
}

/// An access key that a command has made.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl MadeKey {
    /// The administrator who signs with it.
    pub fn admin(&self, server: &Endpoint) -> Admin {
        server.admin.with_keys(&self.id, &self.secret)
    }

    /// The key in the output of a command.
    #[track_caller]
    pub fn read(said: &Said) -> Self {
        assert_eq!(said.status, 0, "{}{}", said.out, said.error);
        let value = |name: &str| {
            let found = said.out.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap_or_else(|| panic!("no {name}")).to_owned()
        };
        Self {
            id: value("AWS_ACCESS_KEY_ID="),
            secret: value("AWS_SECRET_ACCESS_KEY="),
        }
    }
}

/// Runs `cognate keys access …` on the store, with the master key that the development profile has made.
pub async fn access(store: &TestStore, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command
        .args(["keys", "access"])
        .args(arguments)
        .current_dir(store.directory())
        .env_clear()
        .env("COGNATE__STORE__URL", &store.url)
        .env("COGNATE__STORE__DATA_DIR", store.directory().join("data"))
        .env("COGNATE__LOGS__LEVEL", "cognate=trace,sqlx=trace");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        error: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Makes a key; `arguments` say what it may do.
pub async fn create(store: &TestStore, name: &str, arguments: &[&str]) -> MadeKey {
    let arguments = [&["create", "--name", name], arguments].concat();
    MadeKey::read(&access(store, &arguments).await)
}
