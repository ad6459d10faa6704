//! What is tested: server processes, their database, their mail server and their clock.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;
use cognate::store::Db;
use serde_json::json;

use crate::api::Caller;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::daemon::Beside;
use crate::node::Node;
use crate::outcome::Outcome;
use crate::settings::POOL;
use crate::workers::Stage;

/// A user that belongs to no worker: whether calls succeed again is tried with it.
pub const CANARY: &str = "canary";
/// Until calls must succeed after a fault has ended.
const RECOVERY: Duration = Duration::from_secs(30);

/// The database.
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A cluster, and the name of the database in it.
    Postgres(Cluster, &'static str),
}

impl Database {
    /// The cluster.
    ///
    /// # Errors
    /// If it is a file.
    pub fn cluster(&mut self) -> anyhow::Result<&mut Cluster> {
        match self {
            Self::Postgres(cluster, _) => Ok(cluster),
            Self::Sqlite(_) => anyhow::bail!("this fault is one of PostgreSQL"),
        }
    }

    /// Opens it beside the server.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open(&self) -> anyhow::Result<Db> {
        let url = match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(cluster, name) => cluster.admin_url(name),
        };
        cognate_bench::open_store(&url).await
    }
}

/// All of it. Processes end with it, the servers before the database.
pub struct System {
    /// The servers.
    pub nodes: Vec<Node>,
    /// The database.
    pub database: Database,
    /// Their clock, if it can be moved.
    pub clock: Option<Clock>,
    /// What some systems have besides.
    pub beside: Beside,
    /// What it shares with the workers.
    pub stage: Stage,
}

impl System {
    /// Makes the user with which recovery is tried.
    ///
    /// # Errors
    /// If that is refused.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let mut caller = Caller::new(self.stage.address, &self.stage.journal);
        let input = json!({
            "UserPoolId": POOL, "Username": CANARY, "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "email", "Value": "canary@example.com" }],
        });
        match caller.signed("AdminCreateUser", &input).await {
            Outcome::Acknowledged(_) => Ok(()),
            other => anyhow::bail!("the server does not make a user: {other:?}"),
        }
    }

    /// Tries a write until it succeeds; `false` if it does not in time.
    pub async fn write(&self, after: &str) -> bool {
        write(&self.stage, after).await
    }

    /// Waits until a write succeeds again, with the servers that there are.
    ///
    /// # Errors
    /// If the system does not say whether a process lives.
    pub async fn recover(&mut self, fault: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let recovered = self.write(fault).await;
        let journal = self.stage.journal.clone();
        journal.check("the server recovers by itself", recovered, || {
            format!(
                "no write succeeded within {} s after {fault}",
                RECOVERY.as_secs()
            )
        });
        journal.recovered(fault, begun.elapsed());
        for node in &mut self.nodes {
            let ended = node.ended()?;
            journal.check("the server does not end by itself", ended.is_none(), || {
                format!("after {fault}: {ended:?}")
            });
            if ended.is_some() {
                node.start().await?;
            }
        }
        Ok(())
    }

    /// Sets the clock of the servers to this many seconds before or after the real time.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub fn set_clock(&self, seconds: i32) -> anyhow::Result<()> {
        let clock = self.clock.as_ref().context("no libfaketime")?;
        // Before and after: a call that saw the clock moved sees the count changed, and so does one
        // that begins while it moves.
        self.stage.clock_moves.fetch_add(1, Ordering::SeqCst);
        let set = clock.set(seconds);
        self.stage.clock_moves.fetch_add(1, Ordering::SeqCst);
        Ok(set?)
    }
}

/// Tries a write until it succeeds; `false` if it does not in time.
async fn write(stage: &Stage, after: &str) -> bool {
    let journal = &stage.journal;
    let begun = Instant::now();
    let mut caller = Caller::new(stage.address, journal);
    // A write that changes nothing would show nothing.
    let number = stage.trials.fetch_add(1, Ordering::Relaxed);
    let input = json!({
        "UserPoolId": POOL, "Username": CANARY,
        "UserAttributes": [{ "Name": "custom:a", "Value": number.to_string() }],
    });
    loop {
        match caller.signed("AdminUpdateUserAttributes", &input).await {
            Outcome::Acknowledged(_) => return true,
            Outcome::Refused(refusal) if !refusal.is_busy() => {
                let text = format!("AdminUpdateUserAttributes after {after}: {refusal:?}");
                journal.violation("a refusal is true", text);
                return false;
            }
            _ if begun.elapsed() > RECOVERY => return false,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;
    use crate::journal::Journal;
    use crate::sink::Sink;

    #[tokio::test]
    async fn a_server_that_writes_nothing_any_more_is_found() {
        let refusal = r#"{"__type":"NotAuthorizedException","message":"No."}"#;
        let address = fake::server(400, refusal).await;
        let stage = Stage::new(address, Sink::start().await.unwrap(), Journal::default());
        assert!(!write(&stage, "a fault").await);
        let found: Vec<String> = stage.journal.entries().violated.into_keys().collect();
        assert_eq!(found, ["a refusal is true"]);
    }
}
