//! Faults of the pooler, the load balancer and the standby.

use std::time::Instant;

use anyhow::Context;

use crate::cluster::Shutdown;
use crate::rng::SeededRng;
use crate::system::{Database, System};

/// Kills the pooler, or the load balancer, and starts it again.
pub async fn restart(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let auxiliary = &mut system.auxiliary;
    let daemon = auxiliary.pooler.as_mut().or(auxiliary.balancer.as_mut());
    let daemon = daemon.context("nothing between callers and database")?;
    daemon.kill();
    tokio::time::sleep(rng.pause(0, 1000)).await;
    daemon.resume().await
}

/// Kills the primary, promotes the standby, and makes another standby where the primary was.
pub async fn fail_over(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let standby = system.auxiliary.standby.take().context("no standby")?;
    let lost = system.database.cluster()?;
    let port = lost.port();
    let killed = Instant::now();
    if rng.chance(50) {
        lost.kill()?;
    } else {
        lost.stop(Shutdown::Immediate).await?;
    }
    // A failover manager takes a moment to detect the failure.
    tokio::time::sleep(rng.pause(0, 500)).await;
    standby.promote()?;
    // Dropping the old primary deletes it.
    let Database::Postgres(cluster, _) = &mut system.database else {
        anyhow::bail!("this fault is one of PostgreSQL");
    };
    *cluster = standby;
    system.recover("failover, from the promotion").await?;
    let journal = system.context.journal.clone();
    journal.recovered("failover, from the kill", killed.elapsed());
    journal.note(&format!(
        "failover: a write succeeded {} ms after the kill",
        killed.elapsed().as_millis()
    ));
    let name = format!("standby-{}", rng.below(u64::MAX));
    let primary = system.database.cluster()?;
    let standby = primary.standby(&name, port).await?;
    primary.synchronize().await?;
    system.auxiliary.standby = Some(standby);
    Ok(())
}
