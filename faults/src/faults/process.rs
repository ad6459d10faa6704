//! Faults of the server's process.

use std::time::Duration;

use anyhow::Context;

use crate::rng::SeededRng;
use crate::system::{Database, System};

/// How long one version serves by itself.
const ALONE: Duration = Duration::from_secs(5);
/// How long both versions serve.
const TOGETHER: Duration = Duration::from_secs(15);

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

/// Lets the first version serve for a while, starts the second one beside it, and lets both serve. A version from
/// before migration 12, which refuses every newer schema, stays away.
pub async fn join(system: &mut System) -> anyhow::Result<()> {
    /// What versions before migration 12 say of a database that a newer version has migrated.
    const NEWER_SCHEMA: &str = "was previously applied but is missing";
    tokio::time::sleep(ALONE).await;
    let journal = system.context.journal.clone();
    let node = system.nodes.get_mut(1).context("no second version")?;
    match node.start().await {
        Ok(_) => {
            journal.note("both versions serve");
            tokio::time::sleep(TOGETHER).await;
        }
        Err(_) if node.log().contains(NEWER_SCHEMA) => {
            node.kill();
            journal.note("the version before refuses the schema of this one");
            tokio::time::sleep(ALONE).await;
        }
        Err(error) => return Err(error.context("the second version")),
    }
    let failures = journal.entries().answers;
    journal.check(
        "nothing fails during an update",
        failures.is_empty(),
        || format!("{failures:?}"),
    );
    Ok(())
}
