//! The systems under test. To add one: a module that starts it, a variant here, its faults, and, if it
//! is part of a normal run, an entry in the defaults of `--scenarios`.

mod failover;
mod pgbouncer;
mod postgres;
mod sqlite;
mod two_nodes;
pub mod update;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::clock::Clock;
use crate::faults::Fault;
use crate::journal::Journal;
use crate::mail_sink::MailSink;
use crate::system::System;
use update::First;

/// A system to be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// One server on SQLite
    Sqlite,
    /// One server on PostgreSQL
    Postgres,
    /// One server on PostgreSQL behind PgBouncer in transaction mode
    Pgbouncer,
    /// Two servers on PostgreSQL behind HAProxy
    TwoNodes,
    /// One server with a PostgreSQL primary and its synchronous standby
    Failover,
    /// The version before serves, and this one joins it
    UpdateFormerFirst,
    /// This version serves, and the version before joins it
    UpdatePresentFirst,
}

/// What a scenario needs to start.
pub struct ScenarioSetup {
    /// The server's program.
    pub binary: PathBuf,
    /// The program of the version before, if there is one.
    pub former: Option<PathBuf>,
    /// An empty directory for the scenario's files.
    pub directory: PathBuf,
    /// The mail server.
    pub sink: MailSink,
    /// Where the scenario's events are counted.
    pub journal: Journal,
    /// The clock of the servers, if it can be moved.
    pub clock: Option<Clock>,
}

impl ScenarioSetup {
    /// A setup in `directory`, which is emptied first.
    ///
    /// # Errors
    /// If it cannot be.
    pub async fn new(
        binary: &Path,
        former: Option<&Path>,
        directory: PathBuf,
    ) -> anyhow::Result<Self> {
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory)?;
        Ok(Self {
            binary: binary.to_owned(),
            former: former.map(Path::to_owned),
            clock: Clock::find(&directory),
            directory,
            sink: MailSink::start().await?,
            journal: Journal::default(),
        })
    }
}

impl Scenario {
    /// Its name in options and reports.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Starts everything.
    ///
    /// # Errors
    /// If something does not start.
    pub async fn start(self, setup: &ScenarioSetup) -> anyhow::Result<System> {
        match self {
            Self::Sqlite => sqlite::start(setup).await,
            Self::Postgres => postgres::start(setup).await,
            Self::Pgbouncer => pgbouncer::start(setup).await,
            Self::TwoNodes => two_nodes::start(setup).await,
            Self::Failover => failover::start(setup).await,
            Self::UpdateFormerFirst => update::start(setup, First::Former).await,
            Self::UpdatePresentFirst => update::start(setup, First::Present).await,
        }
    }

    /// The faults that it has.
    pub fn faults(self) -> Vec<Fault> {
        match self {
            Self::Sqlite => [Fault::COMMON.as_slice(), &Fault::OF_SQLITE].concat(),
            Self::Postgres => [Fault::COMMON.as_slice(), &Fault::OF_POSTGRES].concat(),
            Self::Pgbouncer => [
                Fault::COMMON.as_slice(),
                &Fault::OF_POSTGRES,
                &[Fault::ProxyRestart],
            ]
            .concat(),
            Self::UpdateFormerFirst | Self::UpdatePresentFirst => vec![Fault::Join],
            Self::TwoNodes => [
                Fault::COMMON.as_slice(),
                &Fault::OF_POSTGRES,
                &[Fault::ProxyRestart, Fault::MasterKey],
            ]
            .concat(),
            // Restarts and full primaries are the other scenarios'.
            Self::Failover => [
                Fault::COMMON.as_slice(),
                &[Fault::Failover, Fault::Terminate],
            ]
            .concat(),
        }
    }
}
