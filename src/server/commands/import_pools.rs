//! `cognate import`: the lines of an export, which the client has opened.

use serde::{Deserialize, Serialize};
use tokio_util::bytes::BytesMut;

use super::CommandContext;
use crate::crypto::PasswordPepper;
use crate::flows::export::{self, Error, ImportInput, StoreAccess};
use crate::flows::master_key_check;
use crate::server::command_protocol::Console;

/// The most bytes of a line; a picture of login pages is the longest that there is in one.
const MAX_LINE: usize = 64 * 1024 * 1024;

/// What is to be imported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportPools {
    /// The ids of the pools; empty for all that the export has.
    pub pools: Vec<String>,
}

/// The file of the client's, line by line.
struct Lines<'a> {
    console: &'a mut Console,
    /// What has come and is not read yet.
    read: BytesMut,
    /// How much of it is known to have no end of a line.
    searched: usize,
}

impl ImportInput for Lines<'_> {
    async fn line(&mut self) -> export::Result<Option<Vec<u8>>> {
        loop {
            let unread = self.read.get(self.searched..).unwrap_or_default();
            if let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let mut line = self.read.split_to(self.searched + end + 1);
                line.truncate(self.searched + end);
                self.searched = 0;
                return Ok(Some(line.to_vec()));
            }
            self.searched = self.read.len();
            if self.searched > MAX_LINE {
                return Err(Error::Damaged("a line is too long"));
            }
            match super::in_time(self.console.read()).await? {
                Some(piece) => self.read.extend_from_slice(&piece),
                None if self.read.is_empty() => return Ok(None),
                None => return Err(Error::Damaged("its last line has no end")),
            }
        }
    }

    async fn progress(&mut self, done: u64, total: u64) -> export::Result<()> {
        super::in_time(self.console.progress(done, total)).await
    }
}

/// Imports from the client's file, and says what was imported.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(
    context: &CommandContext<'_>,
    options: &ImportPools,
    console: &mut Console,
) -> anyhow::Result<u8> {
    let vault = context.vault()?;
    let pepper = PasswordPepper::new(vault.clone())?;
    let target = StoreAccess {
        db: context.db,
        vault: &vault,
        pepper: &pepper,
        now: context.clock.now(),
    };
    export::check_version(target.db).await?;
    master_key_check::verify(target.db, &vault).await?;
    let mut lines = Lines {
        console,
        read: BytesMut::new(),
        searched: 0,
    };
    let imported = export::import(target, &options.pools, &mut lines).await?;
    for pool in &imported.pools {
        tracing::info!(pool_id = pool.id, "a user pool was imported");
        let line = format!("imported {} ({})", pool.id, pool.name);
        console.print(&line).await?;
    }
    let number = u64::try_from(imported.pools.len())?;
    let pools = super::counted(number, "user pool");
    let rows = super::counted(imported.rows, "row");
    console.print(&format!("{pools}, {rows}")).await?;
    Ok(0)
}
