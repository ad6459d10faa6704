//! `cognate export`: the lines of an export, which the client seals.

use serde::{Deserialize, Serialize};
use tokio_util::bytes::Bytes;

use super::CommandContext;
use crate::crypto::PasswordPepper;
use crate::flows::export::{self, Error, ExportOutput, Selection, StoreAccess};
use crate::flows::master_key_check;
use crate::server::command_protocol::{ClientGone, Console};

/// What is to be exported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportPools {
    /// The ids of the pools; `None` for all, with the access keys of administrators.
    pub pools: Option<Vec<String>>,
}

impl From<ClientGone> for Error {
    fn from(gone: ClientGone) -> Self {
        Self::Interrupted(gone.to_string())
    }
}

/// The file of the client's.
struct Lines<'a>(&'a Console);

impl ExportOutput for Lines<'_> {
    async fn line(&mut self, mut line: Vec<u8>) -> export::Result<()> {
        line.push(b'\n');
        super::in_time(self.0.write(Bytes::from(line))).await
    }

    async fn progress(&mut self, done: u64, total: u64) -> export::Result<()> {
        super::in_time(self.0.progress(done, total)).await
    }
}

/// Writes the export to the client's file, and says what it has.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(
    context: &CommandContext<'_>,
    options: &ExportPools,
    console: &Console,
) -> anyhow::Result<u8> {
    let vault = context.vault()?;
    let pepper = PasswordPepper::new(vault.clone())?;
    let source = StoreAccess {
        db: context.db,
        vault: &vault,
        pepper: &pepper,
        now: context.clock.now(),
    };
    let selection = match &options.pools {
        Some(pools) => Selection::Pools(pools.clone()),
        None => Selection::Everything,
    };
    export::check_version(source.db).await?;
    master_key_check::verify(source.db, &vault).await?;
    let version = env!("COGNATE_VERSION");
    let exported = export::export(source, &selection, version, &mut Lines(console)).await?;
    tracing::info!(
        pools = exported.pools,
        rows = exported.rows,
        "user pools were exported"
    );
    let pools = super::counted(exported.pools, "user pool");
    let rows = super::counted(exported.rows, "row");
    console.print(&format!("{pools}, {rows}")).await?;
    Ok(0)
}
