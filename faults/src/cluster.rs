//! A PostgreSQL of the run's own that can be stopped, in each of its ways, and started again.

mod standby;

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use cognate_bench::postgres::program;
use cognate_bench::process::{ChildProcess, Start, free_address, pause};
use rustix::process::Signal;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// From its start to its first session, a recovery after a crash included.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(30);
/// The superuser that this program uses.
const SUPERUSER: &str = "postgres";
/// The role that the server has: not a superuser, so that limits hold for it.
pub const ROLE: &str = "cognate";

/// The cluster. It ends with this value, or with this process.
pub struct Cluster {
    directory: PathBuf,
    port: u16,
    account: Option<(u32, u32)>,
    settings: Vec<String>,
    process: Option<ChildProcess>,
}

/// How PostgreSQL is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Ends its sessions and writes everything down.
    Fast,
    /// Drops everything, as if the power had failed; the next start recovers.
    Immediate,
}

impl Cluster {
    /// Makes and starts one, with further settings (`name=value`).
    ///
    /// # Errors
    /// If PostgreSQL is not installed, or does not start.
    pub async fn start(name: &str, settings: &[&str]) -> anyhow::Result<Self> {
        let account = unprivileged()?;
        // Another account has to reach it, which a checkout's directory may not grant.
        let directory =
            std::env::temp_dir().join(format!("cognate-faults-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory)?;
        if let Some((user, group)) = account {
            chown(&directory, Some(user), Some(group))?;
        }
        let mut cluster = Self {
            port: free_address()?.port(),
            account,
            settings: settings
                .iter()
                .map(|setting| (*setting).to_owned())
                .collect(),
            process: None,
            directory,
        };
        cluster.run(
            "initdb",
            &[
                "--username",
                SUPERUSER,
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--no-instructions",
                "--pgdata",
                &cluster.data(),
            ],
        )?;
        cluster.resume().await?;
        let create = format!("CREATE ROLE {ROLE} LOGIN");
        cluster.execute(&create).await?;
        Ok(cluster)
    }

    /// The data directory.
    pub fn data(&self) -> String {
        self.directory.join("data").display().to_string()
    }

    /// The URL of a database, for the server's role.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database, for the superuser.
    pub fn admin_url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// An empty database of this name, which the server's role owns.
    ///
    /// # Errors
    /// If PostgreSQL does not do it.
    pub async fn create_database(&self, name: &str) -> anyhow::Result<()> {
        self.execute(&format!("CREATE DATABASE {name} OWNER {ROLE}"))
            .await
    }

    /// Runs a program of PostgreSQL's to its end, as the account that owns the cluster.
    ///
    /// # Errors
    /// If it fails.
    pub fn run(&self, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let program = program(name)?;
        let start = Start {
            program: &program,
            arguments,
            environment: &[],
            account: self.account,
            output: Stdio::piped(),
            errors: self.log()?,
        };
        ChildProcess::spawn(start)?.output().with_context(|| {
            let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            format!("{name}: {log}")
        })?;
        Ok(())
    }

    /// Starts it again and waits until it takes sessions.
    ///
    /// # Errors
    /// If it does not.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let program = program("postgres")?;
        let port = self.port.to_string();
        let data = self.data();
        let mut arguments = vec![
            "-D",
            &data,
            "-p",
            &port,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
        ];
        for setting in &self.settings {
            arguments.extend(["-c", setting]);
        }
        self.process = Some(ChildProcess::spawn(Start {
            program: &program,
            arguments: &arguments,
            environment: &[],
            account: self.account,
            output: Stdio::null(),
            errors: self.log()?,
        })?);
        let begun = Instant::now();
        while begun.elapsed() < START_TIMEOUT {
            if self.session().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!(
            "PostgreSQL does not start; see {}",
            self.directory.join("log").display()
        );
    }

    /// Stops it, and returns when it has ended.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(&mut self, how: Shutdown) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        process.signal(match how {
            Shutdown::Fast => Signal::INT,
            Shutdown::Immediate => Signal::QUIT,
        });
        let begun = Instant::now();
        while process.ended()?.is_none() {
            if begun.elapsed() > STOP {
                bail!("PostgreSQL does not end");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// A superuser's session.
    ///
    /// # Errors
    /// If there is none to be had.
    pub async fn session(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.admin_url("postgres")).await?)
    }

    /// A superuser's statement.
    ///
    /// # Errors
    /// If it fails.
    pub async fn execute(&self, statement: &str) -> anyhow::Result<()> {
        let mut session = self.session().await?;
        sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&mut session)
            .await?;
        Ok(session.close().await?)
    }

    /// Ends the sessions of the server's role; returns how many there were.
    ///
    /// # Errors
    /// If PostgreSQL does not do it.
    pub async fn terminate_sessions(&self) -> anyhow::Result<usize> {
        let mut session = self.session().await?;
        let rows = sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1",
        )
        .bind(ROLE)
        .fetch_all(&mut session)
        .await?;
        session.close().await?;
        Ok(rows.len())
    }

    /// Waits until no session of the server's role is left, so that nothing that a killed server had
    /// begun is still to be committed.
    ///
    /// # Errors
    /// If some do not end.
    pub async fn fence(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < STOP {
            let mut session = self.session().await?;
            let left: i64 =
                sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1")
                    .bind(ROLE)
                    .fetch_one(&mut session)
                    .await?;
            session.close().await?;
            if left == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("sessions of a server that was killed do not end");
    }

    fn log(&self) -> anyhow::Result<Stdio> {
        Ok(append(&self.directory.join("log"))?.into())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::QUIT);
            let begun = Instant::now();
            while begun.elapsed() < STOP && matches!(process.ended(), Ok(None)) {
                pause(Duration::from_millis(5));
            }
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A file that is appended to.
pub fn append(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
}

/// The account for PostgreSQL, which refuses to run as root; `None` if this is not root.
pub fn unprivileged() -> anyhow::Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        let id = |flag: &str| -> Option<u32> {
            let output = Command::new("id").args([flag, name]).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        if let (Some(user), Some(group)) = (id("-u"), id("-g")) {
            return Ok(Some((user, group)));
        }
    }
    bail!("PostgreSQL refuses to run as root, and there is no account postgres or nobody")
}
