//! `cognate export`: user pools as a file.

use std::io::BufWriter;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};

use super::terminal::Terminal;
use super::{print_output, store_command};
use crate::config::{Config, read_key_file};
use crate::crypto::MasterKey;
use crate::crypto::export_file::SealingWriter;
use crate::entropy::Entropy;
use crate::server::commands::StoreCommand;
use crate::server::commands::export_pools::ExportPools;
use crate::store::{NewFile, is_of_store};

/// What stands below the options in `cognate export --help`.
pub const AFTER_HELP: &str = "\
An export has everything of a user pool: settings, app clients with their secrets, users with password hashes,
authenticator apps, passkeys and devices, sessions, and the keys that sign and know its tokens. It shows one moment; the
server may run and serve meanwhile. It is sealed under the key of the command, needs no master key, and goes into the
other kind of store as well: `cognate import` seals what is secret anew.

The file appears under its name once it is whole, with the mode 0600. Keep the key apart from it: who has both has the
pool. docs/moving.md says what is left out, and how a pool moves without its users noticing.

  openssl rand -base64 32 > export.key
  cognate export --all --key-file export.key --to pools-$(date +%F).export";

/// What goes where.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["pool", "all"])))]
pub struct Options {
    /// The id of a user pool; may be given several times
    #[arg(long, value_name = "ID")]
    pool: Vec<String>,
    /// Every user pool, and the access keys of administrators
    #[arg(long)]
    all: bool,
    /// The file to be made
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// A file with the key that the export is sealed under: 32 random bytes in base64 or hexadecimal
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// Makes the file, and says what it has and how large it is.
///
/// # Errors
/// What is wrong, in words for the operator. No part of a file is left behind.
pub async fn run(config: &Config, options: Options) -> anyhow::Result<u8> {
    let key = read_key_file(&options.key_file).map_err(anyhow::Error::msg)?;
    let to = options.to.as_path();
    if to.exists() && !options.force {
        bail!("{} exists; --force replaces it", to.display());
    }
    if is_of_store(config.store.effective_url().expose(), to) {
        bail!("{} is a file of the store itself", to.display());
    }
    let failed = || format!("cannot write {}", to.display());
    let file = NewFile::create(to).with_context(failed)?;
    let writer = SealingWriter::new(BufWriter::new(file), &MasterKey::from_bytes(key), Entropy);
    let mut terminal = Terminal::new(writer.with_context(failed)?);
    let command = StoreCommand::ExportPools(ExportPools {
        pools: (!options.all).then_some(options.pool),
    });
    let no_file = None::<tokio::io::Empty>;
    let code = store_command::run(config, &command, no_file, &mut terminal).await?;
    let file = terminal.into_file().finish().with_context(failed)?;
    let file = file
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error);
    let size = file.and_then(NewFile::finish).with_context(failed)?;
    print_output(&format!("{}: {size} bytes, sealed", to.display()));
    Ok(code)
}
