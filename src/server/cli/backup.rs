//! `cognate backup`: a copy of the embedded store.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;

use super::print_output;
use crate::config::{Config, StoreKind};
use crate::store::sqlite_backup;

/// What stands below the options in `cognate backup --help`.
pub const AFTER_HELP: &str = "\
The server may run and serve meanwhile: the copy is what the store held at the moment when it began. It is
written under a temporary name, checked by SQLite, made its owner's alone (mode 0600), and then given its
name. A file that is there is not replaced without --force.

The copy is of no use without the master key, of which the store holds nothing: keep a copy of that too, in
another place. docs/backup.md says how to restore both, and how PostgreSQL is backed up.

  cognate backup --to /backups/cognate-$(date +%F).db";

/// Where the copy goes.
#[derive(Debug, Args)]
pub struct Options {
    /// The file to be made
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// Makes the copy and says how large it is and how long it took.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(config: &Config, options: &Options) -> anyhow::Result<()> {
    let url = config.store.effective_url();
    if url.kind() == StoreKind::Postgres {
        bail!(
            "the store {url} is on PostgreSQL, which has its own tools for this, pg_dump or base backups \
             with the write-ahead log; see docs/backup.md"
        );
    }
    let begun = Instant::now();
    let size = sqlite_backup::backup(url.expose(), &options.to, options.force)
        .await
        .with_context(|| format!("store {url}"))?;
    print_output(&format!(
        "{}: {size} bytes in {:.1} s, checked",
        options.to.display(),
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}
