//! The commands that need the store. They run where the store is open: in the server that has it, or, where none runs
//! or where several share it, in the process of the command line (`cli/store_command.rs`).

pub mod export_pools;
pub mod import_log;
pub mod import_pools;
pub mod keys;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::command_protocol::{ClientGone, Command, Console};
use crate::app::{App, open_vault};
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::Vault;
use crate::entropy::Entropy;
use crate::flows::export;
use crate::store::Db;

/// What commands need beside what they are given.
pub struct CommandContext<'a> {
    /// The configuration in effect where the command runs.
    pub config: &'a Config,
    /// The store.
    pub db: &'a Db,
    /// The clock.
    pub clock: &'a Clock,
    /// The server that runs the command, if one does.
    server: Option<&'a App>,
}

impl<'a> CommandContext<'a> {
    /// What a server has.
    #[must_use]
    pub const fn of_server(app: &'a App) -> Self {
        Self {
            config: &app.config,
            db: &app.db,
            clock: &app.clock,
            server: Some(app),
        }
    }

    /// What is there without a server.
    #[must_use]
    pub const fn without_server(config: &'a Config, db: &'a Db, clock: &'a Clock) -> Self {
        Self {
            config,
            db,
            clock,
            server: None,
        }
    }

    /// The vault. Without a server it is opened here, since not every command needs a master key.
    ///
    /// # Errors
    /// If there is no master key, or it cannot be read.
    pub fn vault(&self) -> anyhow::Result<Vault> {
        match self.server {
            Some(app) => Ok(app.vault.clone()),
            None => open_vault(self.config, Entropy),
        }
    }

    /// Has the server read anew whatever the command may have changed.
    pub fn forget_what_was_read(&self) {
        if let Some(app) = self.server {
            app.caches.forget_what_was_read();
        }
    }

    /// Has the server, if one runs the command, write password hashes sealed from now on.
    pub fn seal_password_hashes(&self) {
        if let Some(app) = self.server {
            app.caches.keys.set_seals_password_hashes(true);
        }
    }
}

/// A command that needs the store. What its options name in files of the client's is read before it is sent
/// ([`StoreCommand::read_files`]).
#[derive(Debug, Serialize, Deserialize)]
pub enum StoreCommand {
    /// `cognate keys …`
    Keys(keys::KeysCommand),
    /// `cognate import log`
    ImportLog(import_log::ImportLog),
    /// `cognate export`
    ExportPools(export_pools::ExportPools),
    /// `cognate import`
    ImportPools(import_pools::ImportPools),
}

impl StoreCommand {
    /// Reads the short files, or standard input, whose contents are part of the command.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn read_files(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Keys(command) => command.read_files(),
            Self::ImportLog(_) | Self::ExportPools(_) | Self::ImportPools(_) => Ok(()),
        }
    }
}

impl Command<CommandContext<'_>> for StoreCommand {
    fn name(&self) -> &'static str {
        match self {
            Self::Keys(command) => command.name(),
            Self::ImportLog(_) => "import log",
            Self::ExportPools(_) => "export",
            Self::ImportPools(_) => "import",
        }
    }

    async fn run(&self, context: &CommandContext<'_>, console: &mut Console) -> anyhow::Result<u8> {
        let ended = match self {
            Self::Keys(command) => keys::run(context, command, console).await,
            Self::ImportLog(options) => import_log::run(context, options, console).await,
            Self::ExportPools(options) => export_pools::run(context, options, console).await,
            Self::ImportPools(options) => import_pools::run(context, options, console).await,
        };
        // Before the client learns that it has ended.
        context.forget_what_was_read();
        ended
    }
}

/// How long a client may take for a piece of a file while a transaction is open.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the client does, unless it takes longer than others can wait: an import keeps everybody from writing to an
/// embedded store, and an export keeps the database from tidying up.
async fn in_time<T>(done: impl Future<Output = Result<T, ClientGone>>) -> export::Result<T> {
    let late = |_| export::Error::Interrupted("the file did not go on for ten seconds".to_owned());
    Ok(timeout(PATIENCE, done).await.map_err(late)??)
}

/// A number of things in words.
fn counted(number: u64, thing: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{end}")
}
