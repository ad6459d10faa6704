//! A rolling update: the version before and this one on one PostgreSQL behind HAProxy. One of them serves from
//! the beginning; the other one joins under load (see [`crate::faults::Fault::Join`]).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::ScenarioSetup;
use crate::cluster::Cluster;
use crate::daemon::{AuxiliaryServices, Daemon};
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::system::{Database, System};
use crate::workers::TestContext;

const DATABASE: &str = "cognate";

/// Which version serves first, and so migrates an empty database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The version before; this one migrates its database while it serves.
    Former,
    /// This version.
    Present,
}

/// Starts the first node, and prepares the second.
pub async fn start(setup: &ScenarioSetup, first: First) -> anyhow::Result<System> {
    let former = setup.former.as_deref();
    let former =
        former.context("no program of the version before; see `./rolling-update --help`")?;
    let (one, other) = match first {
        First::Former => (former, setup.binary.as_path()),
        First::Present => (setup.binary.as_path(), former),
    };
    let cluster = Cluster::start("update", &["max_connections=40", "fsync=on"]).await?;
    cluster.create_database(DATABASE).await?;
    let prepare = |name: &str, binary: &Path| {
        let directory = setup.directory.join(name);
        let node = Node::prepare(&NodeSettings {
            binary,
            directory: &directory,
            store: &cluster.url(DATABASE),
            mail: setup.sink.address,
            clock: setup.clock.as_ref(),
            store_settings: "max_connections = 8",
        })?;
        if binary == former {
            remove_unknown_keys(binary, &directory.join("cognate.toml"))?;
        }
        anyhow::Ok(node)
    };
    let mut nodes = vec![prepare("first", one)?, prepare("second", other)?];
    if let Some(first) = nodes.first_mut() {
        first.start().await?;
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

/// Takes out of the configuration file what the version before does not know, as its own check names it:
/// `…/cognate.toml:12:1: limits.what: unknown key …`. An operator does not set such keys before the update
/// either.
fn remove_unknown_keys(binary: &Path, file: &PathBuf) -> anyhow::Result<()> {
    let checked = Command::new(binary)
        .args(["config", "check", "--config"])
        .arg(file)
        .output()
        .context("the program of the version before")?;
    let problems = String::from_utf8_lossy(&checked.stderr).into_owned();
    let named = format!("{}:", file.display());
    let unknown: Vec<usize> = problems
        .lines()
        .filter(|line| line.contains(": unknown "))
        .filter_map(|line| line.strip_prefix(&named)?.split(':').next()?.parse().ok())
        .collect();
    let text = std::fs::read_to_string(file)?;
    let kept: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(at, _)| !unknown.contains(&(at + 1)))
        .map(|(_, line)| line)
        .collect();
    std::fs::write(file, kept.join("\n"))?;
    Ok(())
}
