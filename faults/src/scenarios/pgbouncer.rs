//! One server on PostgreSQL behind PgBouncer in transaction mode, which has fewer sessions than the
//! server has connections.

use super::ScenarioSetup;
use crate::cluster::Cluster;
use crate::daemon::{AuxiliaryServices, Daemon};
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::TestContext;

const DATABASE: &str = "cognate";

/// Starts the three.
pub async fn start(setup: &ScenarioSetup) -> anyhow::Result<System> {
    let cluster = Cluster::start("pgbouncer", &["max_connections=30", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let pooler = Daemon::pgbouncer(&setup.directory, &cluster).await?;
    let mut node = Node::prepare(&NodeSettings {
        binary: &setup.binary,
        directory: &setup.directory.join("node"),
        store: &format!("postgres://cognate@{}/{DATABASE}", pooler.address),
        mail: setup.sink.address,
        clock: setup.clock.as_ref(),
        store_settings: "max_connections = 8\nstatement_cache = false",
    })?;
    node.start().await?;
    Ok(System {
        context: TestContext::new(node.address, setup.sink.clone(), setup.journal.clone()),
        nodes: vec![node],
        database: Database::Postgres(cluster, DATABASE),
        clock: setup.clock.clone(),
        auxiliary: AuxiliaryServices {
            pooler: Some(pooler),
            ..AuxiliaryServices::default()
        },
    })
}
