//! The real binary as a process of its own, which can be killed at any moment.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::client::Client;
use super::fixture::Fixture;
use super::server::Endpoint;
use super::store::TestStore;
use super::wait;

/// From the start of the process to its first answer; the first start makes keys.
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(40);
/// An answer to somebody who asks whether the server lives.
pub const HEALTHY: Duration = Duration::from_secs(5);

/// A `cognate serve` with a port, a database and a directory that outlive it.
#[derive(Clone)]
pub struct ServerProcess {
    endpoint: Endpoint,
    /// Its database.
    pub store: TestStore,
    /// The port of `/metrics`.
    pub metrics_port: u16,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    environment: Vec<(String, OsString)>,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl ServerProcess {
    /// Starts the binary on `store` with further environment variables, and waits until it is ready.
    pub async fn start(store: &TestStore, environment: &[(&str, &str)]) -> Self {
        let process = Self::prepare(store, environment);
        process.restart().await;
        process
    }

    /// Everything but the start; [`ServerProcess::restart`] does that.
    pub fn prepare(store: &TestStore, environment: &[(&str, &str)]) -> Self {
        Self::prepare_on(Ipv4Addr::LOCALHOST.into(), store, environment)
    }

    /// As [`ServerProcess::prepare`], on this address of the machine.
    pub fn prepare_on(host: IpAddr, store: &TestStore, environment: &[(&str, &str)]) -> Self {
        let (port, metrics_port) = (free_port(), free_port());
        let address = SocketAddr::new(host, port);
        let directory = store.directory();
        let mut variables: Vec<(String, OsString)> = vec![
            ("COGNATE__SERVER__LISTEN".into(), address.to_string().into()),
            ("COGNATE__STORE__URL".into(), store.url.clone().into()),
            (
                "COGNATE__STORE__DATA_DIR".into(),
                directory.join("data").into(),
            ),
            (
                "COGNATE__METRICS__LISTEN".into(),
                format!("127.0.0.1:{metrics_port}").into(),
            ),
        ];
        variables.extend(
            environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), OsString::from(value))),
        );
        Self {
            endpoint: Endpoint::new(&format!("http://{address}")),
            store: store.clone(),
            metrics_port,
            inner: Arc::new(Mutex::new(Inner {
                environment: variables,
                arguments: vec!["serve".into()],
                child: None,
            })),
        }
    }

    /// The command line after the program's name, `serve` unless set.
    pub fn set_arguments(&self, arguments: &[&str]) {
        self.inner.lock().unwrap().arguments = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
    }

    /// Sets an environment variable for the next start.
    pub fn set(&self, name: &str, value: &str) {
        let mut inner = self.inner.lock().unwrap();
        inner.environment.retain(|(known, _)| known != name);
        inner.environment.push((name.to_owned(), value.into()));
    }

    /// Starts it again on the same data and port, and waits until it is ready.
    pub async fn restart(&self) {
        self.spawn();
        let what = format!("{} to be ready", self.url());
        wait::until(&what, START, || async {
            if let Some(status) = self.exited() {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            let request = self
                .client
                .raw(reqwest::Method::GET, "/health/ready")
                .timeout(Duration::from_secs(2));
            let response = request.send().await.ok()?;
            response.status().is_success().then_some(())
        })
        .await;
    }

    /// Starts it without waiting, for a start that is to fail.
    pub fn spawn(&self) {
        let mut inner = self.inner.lock().unwrap();
        assert!(inner.child.is_none(), "it is running already");
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
        for (name, _) in std::env::vars_os() {
            // What the developer's shell has set is not for the test.
            if name
                .to_string_lossy()
                .to_uppercase()
                .starts_with("COGNATE__")
            {
                command.env_remove(name);
            }
        }
        let child = command
            .args(&inner.arguments)
            .envs(inner.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.store.directory())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        inner.child = Some(child);
    }

    /// SIGKILL: nothing is flushed, nobody is told.
    pub fn kill(&self) {
        let child = self.inner.lock().unwrap().child.take();
        let mut child = child.expect("a running server");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(&self) -> ExitStatus {
        self.signal("TERM");
        self.ended().await
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let id = self.id().expect("a running server");
        let status = Command::new("kill")
            .args([format!("-{name}"), id.to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&self) -> ExitStatus {
        let status = wait::until("the server to end", STOP, || async { self.exited() }).await;
        self.inner.lock().unwrap().child = None;
        status
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.inner.lock().unwrap().child.as_ref().map(Child::id)
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        self.status_line("VmRSS:")
    }

    /// The most resident memory that it has ever had, or since
    /// [`ServerProcess::forget_peak_memory`].
    pub fn peak_memory(&self) -> u64 {
        self.status_line("VmHWM:")
    }

    /// Has the kernel begin anew to watch for the most.
    pub fn forget_peak_memory(&self) {
        let id = self.id().expect("a running server");
        std::fs::write(format!("/proc/{id}/clear_refs"), "5").unwrap();
    }

    fn status_line(&self, name: &str) -> u64 {
        let id = self.id().expect("a running server");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib = line.split_whitespace().nth(1).unwrap();
        kib.parse::<u64>().unwrap() * 1024
    }

    /// Everything it has written to its output so far, over all its starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.store.directory().join("server.log")
    }

    fn exited(&self) -> Option<ExitStatus> {
        let mut inner = self.inner.lock().unwrap();
        inner.child.as_mut()?.try_wait().unwrap()
    }
}

impl Deref for ServerProcess {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Fixture for ServerProcess {
    async fn set_up(store: TestStore) -> Self {
        Self::start(&store, &[]).await
    }

    async fn tear_down(self) {
        // Not gracefully: the test is over, and the data goes too.
        if self.id().is_some() {
            self.kill();
        }
    }
}

/// Asks as a stranger does, on a connection of its own: one that is open already would prove little.
pub async fn assert_healthy(server: &ServerProcess) {
    let stranger = Client::new(server.url());
    for path in ["/health/live", "/health/ready"] {
        let request = stranger.raw(reqwest::Method::GET, path).timeout(HEALTHY);
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(response.status(), 200, "{path}");
    }
}

/// A loopback port that is free now. A process that is to come back on the same port cannot take
/// port 0. It is none of those that the kernel gives to whoever takes any, so that nobody comes by
/// it until it is bound.
pub fn free_port() -> u16 {
    const FIRST: u16 = 10_000;
    /// Where the kernel's own begin, on Linux; elsewhere later.
    const END: u16 = 32_768;
    for _ in 0..1000 {
        let mut random = [0; 2];
        aws_lc_rs::rand::fill(&mut random).unwrap();
        let port = FIRST + u16::from_be_bytes(random) % (END - FIRST);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port below {END} is free")
}
