//! A streaming standby, and its promotion.

use std::os::unix::fs::chown;
use std::time::{Duration, Instant};

use anyhow::bail;
use cognate_bench::process::pause;

use super::{Cluster, START_TIMEOUT};

/// By this name the primary knows its standby.
const NAME: &str = "standby";

impl Cluster {
    /// Copies this cluster and starts the copy as its standby, on `port`.
    ///
    /// # Errors
    /// If the copy fails, or does not start.
    pub async fn standby(&self, name: &str, port: u16) -> anyhow::Result<Self> {
        let directory =
            std::env::temp_dir().join(format!("cognate-faults-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory)?;
        if let Some((user, group)) = self.account {
            chown(&directory, Some(user), Some(group))?;
        }
        let from = self.port.to_string();
        let mut settings = self.settings.clone();
        settings.retain(|setting| !setting.starts_with("primary_conninfo="));
        settings.push(format!(
            "primary_conninfo=host=127.0.0.1 port={from} user=postgres application_name={NAME}"
        ));
        let mut standby = Self {
            port,
            account: self.account,
            settings,
            process: None,
            directory,
        };
        standby.run(
            "pg_basebackup",
            &[
                "--host=127.0.0.1",
                "--port",
                &from,
                "--username=postgres",
                "--checkpoint=fast",
                "--write-recovery-conf",
                "--pgdata",
                &standby.data(),
            ],
        )?;
        standby.resume().await?;
        Ok(standby)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Acknowledges nothing from now on that its standby has not got, once that is there.
    ///
    /// # Errors
    /// If the standby does not come.
    pub async fn synchronize(&self) -> anyhow::Result<()> {
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({NAME})'");
        for statement in [set.as_str(), "SELECT pg_reload_conf()"] {
            // These write nothing that would have to be replicated.
            self.execute(statement).await?;
        }
        let begun = Instant::now();
        let mut session = self.session().await?;
        while begun.elapsed() < START_TIMEOUT {
            let synchronous: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')",
            )
            .fetch_one(&mut session)
            .await?;
            if synchronous {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the standby does not follow");
    }

    /// Makes a standby the primary.
    ///
    /// # Errors
    /// If it does not become one.
    pub fn promote(&self) -> anyhow::Result<()> {
        self.run("pg_ctl", &["promote", "--wait", "--pgdata", &self.data()])
    }

    /// Kills its first process, as the system does for want of memory, and waits until the others
    /// have noticed and ended.
    ///
    /// # Errors
    /// If they do not.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
        let begun = Instant::now();
        // Whoever still holds the port is one of them.
        while std::net::TcpListener::bind(("127.0.0.1", self.port)).is_err() {
            if begun.elapsed() > START_TIMEOUT {
                bail!("PostgreSQL's processes do not end");
            }
            pause(Duration::from_millis(5));
        }
        Ok(())
    }
}
