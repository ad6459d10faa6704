//! Two servers on one PostgreSQL behind HAProxy, which sends each request to the other one than the
//! last: what is done twice at the same time is done on both.

use super::ScenarioSetup;
use crate::cluster::Cluster;
use crate::daemon::{AuxiliaryServices, Daemon};
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::TestContext;

const DATABASE: &str = "cognate";

/// Starts them.
pub async fn start(setup: &ScenarioSetup) -> anyhow::Result<System> {
    let cluster = Cluster::start("two-nodes", &["max_connections=40", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let mut nodes = Vec::new();
    for number in 0..2 {
        let mut node = Node::prepare(&NodeSettings {
            binary: &setup.binary,
            directory: &setup.directory.join(format!("node{number}")),
            store: &cluster.url(DATABASE),
            mail: setup.sink.address,
            clock: setup.clock.as_ref(),
            store_settings: "max_connections = 8",
        })?;
        node.start().await?;
        nodes.push(node);
    }
    let addresses: Vec<_> = nodes.iter().map(|node| node.address).collect();
    let balancer = Daemon::haproxy(&setup.directory, &addresses).await?;
    Ok(System {
        context: TestContext::new(balancer.address, setup.sink.clone(), setup.journal.clone()),
        nodes,
        database: Database::Postgres(cluster, DATABASE),
        clock: setup.clock.clone(),
        auxiliary: AuxiliaryServices {
            balancer: Some(balancer),
            ..AuxiliaryServices::default()
        },
    })
}
