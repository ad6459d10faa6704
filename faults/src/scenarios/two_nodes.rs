//! Two servers on one PostgreSQL behind HAProxy, which sends each request to the other one than the
//! last: what is done twice at the same time is done on both.

use super::Ground;
use crate::cluster::Cluster;
use crate::daemon::{Beside, Daemon};
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::Stage;

const DATABASE: &str = "cognate";

/// Starts them.
pub async fn raise(ground: &Ground) -> anyhow::Result<System> {
    let cluster = Cluster::start("two-nodes", &["max_connections=40", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let mut nodes = Vec::new();
    for number in 0..2 {
        let mut node = Node::prepare(&NodeSettings {
            binary: &ground.binary,
            directory: &ground.directory.join(format!("node{number}")),
            store: &cluster.url(DATABASE),
            mail: ground.sink.address,
            clock: ground.clock.as_ref(),
            store_settings: "max_connections = 8",
        })?;
        node.start().await?;
        nodes.push(node);
    }
    let addresses: Vec<_> = nodes.iter().map(|node| node.address).collect();
    let balancer = Daemon::haproxy(&ground.directory, &addresses).await?;
    Ok(System {
        stage: Stage::new(
            balancer.address,
            ground.sink.clone(),
            ground.journal.clone(),
        ),
        nodes,
        database: Database::Postgres(cluster, DATABASE),
        clock: ground.clock.clone(),
        beside: Beside {
            balancer: Some(balancer),
            ..Beside::default()
        },
    })
}
