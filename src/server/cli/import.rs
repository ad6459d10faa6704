//! `cognate import`: user pools from a file, and what became of imports of users.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio_util::bytes::Bytes;
use tokio_util::io::StreamReader;

use super::store_command;
use super::terminal::Terminal;
use crate::config::{Config, read_key_file};
use crate::crypto::MasterKey;
use crate::crypto::export_file::OpeningReader;
use crate::server::commands::StoreCommand;
use crate::server::commands::import_log::ImportLog;
use crate::server::commands::import_pools::ImportPools;

/// What stands below the options in `cognate import --help`.
pub const AFTER_HELP: &str = "\
All of the file is imported, or nothing: what is there already under the same id is never replaced. Server and file have
to be of one version. The server may run meanwhile; one with the embedded store answers no other change until a large
import is done. docs/moving.md says more.

  cognate import --from pools.export --key-file export.key
  cognate import log import-Xxxxxxxxxx      what became of an import of users from a CSV file";

/// Bytes that are read at once.
const PIECE: usize = 128 * 1024;
/// Pieces that may wait.
const WAITING: usize = 4;

/// The arguments of `cognate import`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<ImportCommand>,
    #[command(flatten)]
    options: Option<Options>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Print what became of each row of a user import
    ///
    /// A line for each row that was read so far, in the form and the order of the log that AWS writes to CloudWatch.
    /// The log of a job is kept for 90 days after its end.
    Log(ImportLog),
}

/// What comes from where.
#[derive(Debug, Args)]
pub struct Options {
    /// The file that `cognate export` has made
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// A file with the key that it was sealed under
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// The id of a user pool, instead of all that the file has; may be given several times. Access keys come along with
    /// all only
    #[arg(long, value_name = "ID")]
    pool: Vec<String>,
}

/// Imports, or prints a log.
///
/// # Errors
/// What is wrong, in words for the operator. Nothing was imported then.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<u8> {
    let mut terminal = Terminal::new(io::stdout());
    if let Some(ImportCommand::Log(options)) = arguments.command {
        let command = StoreCommand::ImportLog(options);
        let no_file = None::<tokio::io::Empty>;
        return store_command::run(config, &command, no_file, &mut terminal).await;
    }
    let options = arguments.options.context("nothing is to be imported")?;
    let key = read_key_file(&options.key_file).map_err(anyhow::Error::msg)?;
    let from = options.from.display();
    let file = File::open(&options.from).with_context(|| format!("cannot read {from}"))?;
    let lines = OpeningReader::new(BufReader::new(file), &MasterKey::from_bytes(key))
        .with_context(|| format!("cannot open {from}"))?;
    let command = StoreCommand::ImportPools(ImportPools {
        pools: options.pool,
    });
    store_command::run(config, &command, Some(as_async(lines)), &mut terminal).await
}

/// Reads on a thread of its own, since opening what is sealed takes time.
fn as_async(mut reader: impl io::Read + Send + 'static) -> impl AsyncRead + Send + Unpin {
    let (pieces, mut read) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let limit = u64::try_from(PIECE).unwrap_or(u64::MAX);
            let done = reader.by_ref().take(limit).read_to_end(&mut piece);
            let is_last = !matches!(done, Ok(length) if length > 0);
            // Where nobody waits for more, the command has ended.
            if pieces
                .blocking_send(done.map(|_| Bytes::from(piece)))
                .is_err()
                || is_last
            {
                return;
            }
        }
    });
    StreamReader::new(futures_util::stream::poll_fn(move |context| {
        read.poll_recv(context)
    }))
}
