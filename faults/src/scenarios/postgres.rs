//! One server on PostgreSQL, with few connections so that they can all be taken.

use super::ScenarioSetup;
use crate::cluster::Cluster;
use crate::daemon::AuxiliaryServices;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::TestContext;

const DATABASE: &str = "cognate";

/// Starts both.
pub async fn start(setup: &ScenarioSetup) -> anyhow::Result<System> {
    let cluster = Cluster::start("postgres", &["max_connections=30", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let mut node = Node::prepare(&NodeSettings {
        binary: &setup.binary,
        directory: &setup.directory.join("node"),
        store: &cluster.url(DATABASE),
        mail: setup.sink.address,
        clock: setup.clock.as_ref(),
        // An outage is longer or shorter than callers wait for a connection.
        store_settings: "max_connections = 8\nacquire_timeout_seconds = 2",
    })?;
    node.start().await?;
    Ok(System {
        context: TestContext::new(node.address, setup.sink.clone(), setup.journal.clone()),
        nodes: vec![node],
        database: Database::Postgres(cluster, DATABASE),
        clock: setup.clock.clone(),
        auxiliary: AuxiliaryServices::default(),
    })
}
