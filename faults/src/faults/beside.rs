//! Faults of what stands beside servers and database.

use std::time::Instant;

use anyhow::Context;

use crate::cluster::Shutdown;
use crate::dice::Dice;
use crate::system::{Database, System};

/// Kills the pooler, or the load balancer, and starts it again.
pub async fn restart(system: &mut System, dice: &mut Dice) -> anyhow::Result<()> {
    let beside = &mut system.beside;
    let daemon = beside.pooler.as_mut().or(beside.balancer.as_mut());
    let daemon = daemon.context("nothing between callers and database")?;
    daemon.kill();
    tokio::time::sleep(dice.pause(0, 1000)).await;
    daemon.resume().await
}

/// Kills the primary, promotes the standby, and makes another standby where the primary was.
pub async fn fail_over(system: &mut System, dice: &mut Dice) -> anyhow::Result<()> {
    let standby = system.beside.standby.take().context("no standby")?;
    let lost = system.database.cluster()?;
    let port = lost.port();
    let killed = Instant::now();
    if dice.chance(50) {
        lost.kill()?;
    } else {
        lost.stop(Shutdown::Immediate).await?;
    }
    // An operator, or a program in his place, takes a moment to see it.
    tokio::time::sleep(dice.pause(0, 500)).await;
    standby.promote()?;
    // What was the primary is deleted here.
    let Database::Postgres(cluster, _) = &mut system.database else {
        anyhow::bail!("this fault is one of PostgreSQL");
    };
    *cluster = standby;
    system.recover("failover, from the promotion").await?;
    let journal = system.stage.journal.clone();
    journal.recovered("failover, from the kill", killed.elapsed());
    journal.note(&format!(
        "failover: a write succeeded {} ms after the kill",
        killed.elapsed().as_millis()
    ));
    let name = format!("standby-{}", dice.below(u64::MAX));
    let primary = system.database.cluster()?;
    let standby = primary.standby(&name, port).await?;
    primary.synchronize().await?;
    system.beside.standby = Some(standby);
    Ok(())
}
