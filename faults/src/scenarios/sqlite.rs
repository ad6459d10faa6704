//! One server on SQLite.

use super::ScenarioSetup;
use crate::daemon::AuxiliaryServices;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::TestContext;

/// Starts it.
pub async fn start(setup: &ScenarioSetup) -> anyhow::Result<System> {
    let file = setup.directory.join("cognate.db");
    let mut node = Node::prepare(&NodeSettings {
        binary: &setup.binary,
        directory: &setup.directory.join("node"),
        store: &format!("sqlite://{}", file.display()),
        mail: setup.sink.address,
        clock: setup.clock.as_ref(),
        // A lock is held for longer or shorter than callers wait.
        store_settings: "acquire_timeout_seconds = 2",
    })?;
    node.start().await?;
    Ok(System {
        context: TestContext::new(node.address, setup.sink.clone(), setup.journal.clone()),
        nodes: vec![node],
        database: Database::Sqlite(file),
        clock: setup.clock.clone(),
        auxiliary: AuxiliaryServices::default(),
    })
}
