//! Faults of the server's process.

use anyhow::Context;

use crate::rng::SeededRng;
use crate::system::{Database, System};

/// SIGKILL of one server at a random moment of the load, and its next start.
pub async fn kill(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let count = u64::try_from(system.nodes.len())?;
    let chosen = usize::try_from(rng.below(count))?;
    let alone = system.nodes.len() == 1;
    let node = system.nodes.get_mut(chosen).context("no server")?;
    node.kill();
    // With other nodes there are always sessions.
    if let (Database::Postgres(cluster, _), true) = (&system.database, alone) {
        cluster.fence().await?;
    }
    node.start().await?;
    Ok(())
}
