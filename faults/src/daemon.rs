//! Programs between callers, servers and database: PgBouncer and HAProxy.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use cognate_bench::process::{ChildProcess, Start, free_address};
use tokio::net::TcpStream;

use crate::cluster::{Cluster, ROLE, append, unprivileged};

const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A running program. It ends when this is dropped, or with this process.
pub struct Daemon {
    /// Where it listens.
    pub address: SocketAddr,
    program: PathBuf,
    arguments: Vec<String>,
    account: Option<(u32, u32)>,
    log: PathBuf,
    process: Option<ChildProcess>,
}

impl Daemon {
    /// PgBouncer in transaction mode in front of a database, with fewer sessions than the servers have
    /// connections, and with a short idle timeout.
    ///
    /// # Errors
    /// If it is not installed, or does not start.
    pub async fn pgbouncer(directory: &Path, cluster: &Cluster) -> anyhow::Result<Self> {
        let address = free_address()?;
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={ROLE}\n\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 4\nserver_idle_timeout = 1\n\
             server_login_retry = 1\n",
            cluster.port(),
            address.port(),
        );
        // Its account must be able to read the files.
        let directory = std::env::temp_dir().join(format!(
            "cognate-faults-{}-pgbouncer-{}",
            std::process::id(),
            directory.file_name().unwrap_or_default().display()
        ));
        std::fs::create_dir_all(&directory)?;
        let account = unprivileged()?;
        let file = directory.join("pgbouncer.ini");
        std::fs::write(&file, text)?;
        let arguments = vec!["--quiet".to_owned(), file.display().to_string()];
        Self::start("pgbouncer", arguments, address, account, &directory).await
    }

    /// HAProxy in front of some servers, with health checks and round robin.
    ///
    /// # Errors
    /// If it is not installed, or does not start.
    pub async fn haproxy(directory: &Path, servers: &[SocketAddr]) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut text = format!(
            "defaults\n mode http\n timeout connect 1s\n timeout client 60s\n timeout server 60s\n \
             timeout check 2s\n option redispatch\n retries 2\n\n\
             frontend callers\n bind {address}\n default_backend servers\n\n\
             backend servers\n balance roundrobin\n option httpchk GET /health/ready\n \
             default-server check inter 200ms fall 2 rise 1\n"
        );
        for (number, server) in servers.iter().enumerate() {
            text += &format!(" server node{number} {server}\n");
        }
        let file = directory.join("haproxy.cfg");
        std::fs::write(&file, text)?;
        let arguments = ["-db", "-q", "-f"].map(str::to_owned);
        let arguments = [arguments.as_slice(), &[file.display().to_string()]].concat();
        Self::start("haproxy", arguments, address, None, directory).await
    }

    async fn start(
        name: &str,
        arguments: Vec<String>,
        address: SocketAddr,
        account: Option<(u32, u32)>,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let program = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
            .map(|place| Path::new(place).join(name))
            .into_iter()
            .find(|program| program.is_file());
        let program = program.with_context(|| {
            format!("{name} is not installed, on Debian: apt-get install {name}")
        })?;
        let mut daemon = Self {
            address,
            program,
            arguments,
            account,
            log: directory.join(format!("{name}.log")),
            process: None,
        };
        daemon.resume().await?;
        Ok(daemon)
    }

    /// Starts it again and waits until it listens.
    ///
    /// # Errors
    /// If it ends, or does not listen.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let log = append(&self.log)?;
        let mut process = ChildProcess::spawn(Start {
            program: &self.program,
            arguments: &arguments,
            environment: &[],
            account: self.account,
            output: log.try_clone()?.into(),
            errors: log.into(),
        })?;
        let begun = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            if process.ended()?.is_some() || begun.elapsed() > START_TIMEOUT {
                bail!("it does not start; see {}", self.log.display());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.process = Some(process);
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }
}

/// What stands beside servers and database in some scenarios.
#[derive(Default)]
pub struct AuxiliaryServices {
    /// Between servers and database.
    pub pooler: Option<Daemon>,
    /// Before the servers.
    pub balancer: Option<Daemon>,
    /// The primary's standby.
    pub standby: Option<Cluster>,
}
