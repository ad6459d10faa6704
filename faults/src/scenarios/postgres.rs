//! One server on PostgreSQL, with few connections so that they can all be taken.

use super::Ground;
use crate::cluster::Cluster;
use crate::daemon::Beside;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::Stage;

const DATABASE: &str = "cognate";

/// Starts both.
pub async fn raise(ground: &Ground) -> anyhow::Result<System> {
    let cluster = Cluster::start("postgres", &["max_connections=30", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let mut node = Node::prepare(&NodeSettings {
        binary: &ground.binary,
        directory: &ground.directory.join("node"),
        store: &cluster.url(DATABASE),
        mail: ground.sink.address,
        clock: ground.clock.as_ref(),
        // An outage is longer or shorter than callers wait for a connection.
        store_settings: "max_connections = 8\nacquire_timeout_seconds = 2",
    })?;
    node.start().await?;
    Ok(System {
        stage: Stage::new(node.address, ground.sink.clone(), ground.journal.clone()),
        nodes: vec![node],
        database: Database::Postgres(cluster, DATABASE),
        clock: ground.clock.clone(),
        beside: Beside::default(),
    })
}
