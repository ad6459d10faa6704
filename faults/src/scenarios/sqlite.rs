//! One server on SQLite.

use super::Ground;
use crate::daemon::Beside;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::Stage;

/// Starts it.
pub async fn raise(ground: &Ground) -> anyhow::Result<System> {
    let file = ground.directory.join("cognate.db");
    let mut node = Node::prepare(&NodeSettings {
        binary: &ground.binary,
        directory: &ground.directory.join("node"),
        store: &format!("sqlite://{}", file.display()),
        mail: ground.sink.address,
        clock: ground.clock.as_ref(),
        // A lock is held for longer or shorter than callers wait.
        store_settings: "acquire_timeout_seconds = 2",
    })?;
    node.start().await?;
    Ok(System {
        stage: Stage::new(node.address, ground.sink.clone(), ground.journal.clone()),
        nodes: vec![node],
        database: Database::Sqlite(file),
        clock: ground.clock.clone(),
        beside: Beside::default(),
    })
}
