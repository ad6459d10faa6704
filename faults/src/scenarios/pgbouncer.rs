//! One server on PostgreSQL behind PgBouncer in transaction mode, which has fewer sessions than the
//! server has connections.

use super::Ground;
use crate::cluster::Cluster;
use crate::daemon::{Beside, Daemon};
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::Stage;

const DATABASE: &str = "cognate";

/// Starts the three.
pub async fn raise(ground: &Ground) -> anyhow::Result<System> {
    let cluster = Cluster::start("pgbouncer", &["max_connections=30", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let pooler = Daemon::pgbouncer(&ground.directory, &cluster).await?;
    let mut node = Node::prepare(&NodeSettings {
        binary: &ground.binary,
        directory: &ground.directory.join("node"),
        store: &format!("postgres://cognate@{}/{DATABASE}", pooler.address),
        mail: ground.sink.address,
        clock: ground.clock.as_ref(),
        store_settings: "max_connections = 8\nstatement_cache = false",
    })?;
    node.start().await?;
    Ok(System {
        stage: Stage::new(node.address, ground.sink.clone(), ground.journal.clone()),
        nodes: vec![node],
        database: Database::Postgres(cluster, DATABASE),
        clock: ground.clock.clone(),
        beside: Beside {
            pooler: Some(pooler),
            ..Beside::default()
        },
    })
}
