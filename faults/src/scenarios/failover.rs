//! One server, configured with both hosts of a PostgreSQL primary and its synchronous standby.

use super::ScenarioSetup;
use crate::cluster::{Cluster, ROLE};
use crate::daemon::AuxiliaryServices;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::TestContext;

use cognate_bench::process::free_address;

const DATABASE: &str = "cognate";

/// Starts the three.
pub async fn start(setup: &ScenarioSetup) -> anyhow::Result<System> {
    let cluster = Cluster::start("primary", &["max_connections=40", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let port = free_address()?.port();
    let standby = cluster.standby("standby", port).await?;
    cluster.synchronize().await?;
    let mut node = Node::prepare(&NodeSettings {
        binary: &setup.binary,
        directory: &setup.directory.join("node"),
        store: &format!(
            "postgres://{ROLE}@127.0.0.1:{},127.0.0.1:{port}/{DATABASE}\
             ?target_session_attrs=read-write",
            cluster.port()
        ),
        mail: setup.sink.address,
        clock: setup.clock.as_ref(),
        store_settings: "max_connections = 8",
    })?;
    node.start().await?;
    Ok(System {
        context: TestContext::new(node.address, setup.sink.clone(), setup.journal.clone()),
        nodes: vec![node],
        database: Database::Postgres(cluster, DATABASE),
        clock: setup.clock.clone(),
        auxiliary: AuxiliaryServices {
            standby: Some(standby),
            ..AuxiliaryServices::default()
        },
    })
}
