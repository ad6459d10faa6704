//! `cognate import`: what became of imports.

use clap::Subcommand;

use crate::server::commands::StoreCommand;
use crate::server::commands::import_log::ImportLog;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Print what became of each row of a user import
    ///
    /// A line for each row that was read so far, in the form and the order of the log that AWS writes to CloudWatch.
    /// The log of a job is kept for 90 days after its end.
    Log(ImportLog),
}

impl From<ImportCommand> for StoreCommand {
    fn from(command: ImportCommand) -> Self {
        match command {
            ImportCommand::Log(options) => Self::ImportLog(options),
        }
    }
}
