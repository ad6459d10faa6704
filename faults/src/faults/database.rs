//! Faults of the database. The server has to recover from each without a restart.

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::cluster::Shutdown;
use crate::rng::SeededRng;
use crate::system::{Database, System};

/// Stops it, leaves it away for a moment, and starts it again.
pub async fn restart(
    system: &mut System,
    how: Shutdown,
    rng: &mut SeededRng,
) -> anyhow::Result<()> {
    let cluster = system.database.cluster()?;
    cluster.stop(how).await?;
    tokio::time::sleep(rng.pause(0, 3500)).await;
    cluster.resume().await
}

/// Ends the server's sessions, a few times.
pub async fn terminate(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    for _ in 0..=rng.below(4) {
        system.database.cluster()?.terminate_sessions().await?;
        tokio::time::sleep(rng.pause(0, 200)).await;
    }
    Ok(())
}

/// Permits only reading for a while.
pub async fn read_only(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let cluster = system.database.cluster()?;
    for statement in [
        "ALTER SYSTEM SET default_transaction_read_only = on",
        "SELECT pg_reload_conf()",
    ] {
        cluster.execute(statement).await?;
    }
    cluster.terminate_sessions().await?;
    tokio::time::sleep(rng.pause(500, 2000)).await;
    for statement in [
        "ALTER SYSTEM RESET default_transaction_read_only",
        "SELECT pg_reload_conf()",
    ] {
        cluster.execute(statement).await?;
    }
    Ok(())
}

/// Takes every connection, ends the server's sessions, and takes theirs, too.
pub async fn fill(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let Database::Postgres(cluster, name) = &mut system.database else {
        anyhow::bail!("this fault is one of PostgreSQL");
    };
    let url = format!("{}?application_name=stranger", cluster.url(name));
    let mut sessions = Vec::new();
    for _ in 0..5 {
        while let Ok(session) = PgConnection::connect(&url).await {
            sessions.push(session);
        }
        // A place for the statement. Where the server is quicker to take it, the next round ends its sessions.
        if let Some(session) = sessions.pop() {
            let _ = session.close().await;
        }
        let _ = cluster
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name = 'cognate'",
            )
            .await;
    }
    tokio::time::sleep(rng.pause(500, 2500)).await;
    for session in sessions {
        let _ = session.close().await;
    }
    Ok(())
}

/// Holds SQLite's write lock, as another program that works on the file.
pub async fn lock(system: &System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let Database::Sqlite(file) = &system.database else {
        anyhow::bail!("this fault is one of SQLite");
    };
    let url = format!("sqlite://{}", file.display());
    let mut other = SqliteConnection::connect(&url).await?;
    let lock = other.begin_with("BEGIN IMMEDIATE").await?;
    tokio::time::sleep(rng.pause(500, 4000)).await;
    lock.rollback().await?;
    Ok(other.close().await?)
}
