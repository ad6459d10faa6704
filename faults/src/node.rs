//! A server process that can be killed at any moment and started again on the same data.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use cognate_bench::process::{ChildProcess, Start, free_address};
use cognate_bench::wire::{self, Wire};

use crate::cluster::append;
use crate::settings::{self, NodeSettings};

/// How long the server may take to become ready.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a health check may take.
const HEALTH: Duration = Duration::from_secs(5);

/// A server process.
pub struct Node {
    /// Where it listens.
    pub address: SocketAddr,
    binary: PathBuf,
    configuration: String,
    log: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    process: Option<ChildProcess>,
}

impl Node {
    /// Writes its configuration; [`Node::start`] starts it.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn prepare(settings: &NodeSettings<'_>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(settings.directory)?;
        let address = free_address()?;
        let data = settings.directory.join("data");
        let text = settings::configuration(address, settings, &data);
        let node = Self::with_configuration(settings.binary, settings.directory, address, &text)?;
        let environment = settings.clock.map_or_else(Vec::new, |clock| {
            vec![
                ("LD_PRELOAD", clock.library.clone().into()),
                ("FAKETIME_TIMESTAMP_FILE", clock.file.clone().into()),
                // Timers are to go on as always: only the time of day moves.
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
                ("DONT_FAKE_MONOTONIC", "1".into()),
                ("FAKETIME_NO_CACHE", "1".into()),
            ]
        });
        Ok(Self {
            environment,
            ..node
        })
    }

    /// A server that listens on `address`, with another configuration than the scenarios'. `directory` exists.
    ///
    /// # Errors
    /// If the configuration cannot be written.
    pub fn with_configuration(
        binary: &Path,
        directory: &Path,
        address: SocketAddr,
        text: &str,
    ) -> anyhow::Result<Self> {
        let configuration = directory.join("cognate.toml");
        std::fs::write(&configuration, text)?;
        Ok(Self {
            address,
            binary: binary.to_owned(),
            configuration: configuration.display().to_string(),
            log: directory.join("server.log"),
            environment: Vec::new(),
            process: None,
        })
    }

    /// Gives the server this master key to know from its next start, as a previous one.
    ///
    /// # Errors
    /// If its configuration cannot be written.
    pub fn learn_master_key(&self, key: &str) -> anyhow::Result<()> {
        self.change_master_keys(|keys| keys.push(key.to_owned()))
    }

    /// Has the server use this master key from its next start; the former one is a previous one.
    ///
    /// # Errors
    /// If its configuration cannot be written.
    pub fn use_master_key(&self, key: &str) -> anyhow::Result<()> {
        self.change_master_keys(|keys| {
            keys.retain(|known| known != key);
            keys.insert(0, key.to_owned());
        })
    }

    /// Changes the list of master keys in the configuration, the current one first.
    fn change_master_keys(&self, change: impl FnOnce(&mut Vec<String>)) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.configuration)?;
        let is_key = |line: &&str| line.starts_with("master_key") || line.starts_with("previous_");
        let mut keys: Vec<String> = text
            .lines()
            .filter(is_key)
            .flat_map(|line| line.split('"').skip(1).step_by(2))
            .map(str::to_owned)
            .collect();
        change(&mut keys);
        let (current, previous) = keys.split_first().context("no master key")?;
        let mut changed = String::new();
        for line in text.lines().filter(|line| !is_key(line)) {
            changed += line;
            changed.push('\n');
            if line == "[secrets]" {
                changed +=
                    &format!("master_key = {current:?}\nprevious_master_keys = {previous:?}\n");
            }
        }
        std::fs::write(&self.configuration, changed)?;
        Ok(())
    }

    /// Starts the process and waits until it is ready.
    ///
    /// # Errors
    /// If it ends, or is not ready in time.
    pub async fn start(&mut self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.spawn()?;
        while !self.is_ready().await {
            if let Some(status) = self.ended()? {
                bail!("the server ended with {status}; see {}", self.log.display());
            }
            if begun.elapsed() > START_TIMEOUT {
                bail!("the server is not ready; see {}", self.log.display());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(begun.elapsed())
    }

    /// Starts the process without waiting.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn spawn(&mut self) -> anyhow::Result<()> {
        let arguments = ["--config", &self.configuration, "serve"];
        let log = append(&self.log)?;
        let process = ChildProcess::spawn(Start {
            program: &self.binary,
            arguments: &arguments,
            environment: &self.environment,
            account: None,
            output: log.try_clone()?.into(),
            errors: log.into(),
        });
        self.process = Some(process.context("the server; `./inject-faults` builds it")?);
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// How the process ended by itself, if it has.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<std::process::ExitStatus>> {
        match &mut self.process {
            Some(process) => process.ended(),
            None => Ok(None),
        }
    }

    /// What all its processes have written to their output.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether `/health/ready` says so.
    pub async fn is_ready(&self) -> bool {
        answers(self.address, "/health/ready").await
    }
}

/// Whether a page is answered with 200.
pub async fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = async {
        let mut wire = Wire::connect(address).await.ok()?;
        let answer = wire.exchange(&wire::get(path)).await.ok()?;
        Some(answer.status == 200)
    };
    let answered = tokio::time::timeout(HEALTH, ask).await;
    answered.ok().flatten().unwrap_or(false)
}
