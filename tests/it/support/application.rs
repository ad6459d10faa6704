//! Where the tests touch the inside of the server: its start, its configuration, and the model. When
//! one of these changes, this file does, and no other.

use std::sync::Arc;
use std::time::Duration;

use cognate::app::App;
use cognate::config::{
    AccessKey, Config, MailTransport, MetricsListen, Profile, SmsProvider, StoreUrl,
};
use cognate::jobs::{self, JobRunner};
use cognate::server::Application;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use cognate::protocol::{conform_error, conform_output};

use super::signing_keys;
use super::store::TestStore;

/// Longer than the server's own grace for requests in flight.
const STOP: Duration = Duration::from_secs(30);

/// A server in this process.
pub struct Running {
    /// `http://127.0.0.1:port`.
    pub url: String,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// The development profile on a free port, with passwords that are cheap to hash and mail that is
/// quick to leave.
pub fn test_config(store: &TestStore) -> Config {
    let mut config = Config::development();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    config.server.shutdown_grace_seconds = 5;
    config.store.url = Some(StoreUrl::parse(&store.url).unwrap());
    config.store.data_dir = store.directory().join("data");
    config.store.max_connections = Some(4);
    // Two cores run several tests: who waits for a connection waits for the machine.
    config.store.acquire_timeout_seconds = 60;
    config.metrics.listen = MetricsListen::Off;
    // A test makes the pools it needs, and a key pair costs more than most tests.
    config.server.starter_pool = false;
    config.passwords.memory_kib = 1024;
    config.passwords.iterations = 1;
    // Its keys come from `signing_keys`; what a server makes ahead of need would never be used.
    config.tokens.key_reserve = 0;
    config.outbox.poll_interval_ms = 50;
    config
}

/// The access key of [`production`]: its id and its secret.
pub const ACCESS_KEY: (&str, &str) = ("AKIDTEST", "5f8a1c0e9d3b47f2a6e1c8d04b7f93e2");

/// The production profile behind `https://id.example.com`, as a change to [`test_config`].
pub fn production(config: &mut Config) {
    config.profile = Profile::Production;
    config.server.public_url = Some("https://id.example.com".to_owned());
    config.secrets.master_key =
        Some("c2f4a9d1e8b35f7061a4d9c3b2e8f7501d6c9a3e4b8f2075c1d6e9a3b4f80725".into());
    config.passwords.accept_weak_argon2 = true;
    config.mail.transport = MailTransport::Smtp;
    config.mail.host = "smtp.example.com".to_owned();
    config.sms.provider = Some(SmsProvider::Log);
    config.admin.access_keys = vec![AccessKey {
        id: ACCESS_KEY.0.to_owned(),
        secret: ACCESS_KEY.1.into(),
        description: String::new(),
        policy: String::new(),
    }];
}

/// The state of a server that serves no requests and runs no jobs.
pub async fn open_app(config: Config) -> Arc<App> {
    let verifier = cognate::server::verifier(&config);
    App::open(config.clone(), config.public_url(), verifier)
        .await
        .unwrap()
}

/// Runs a job once on `node`, as the only node.
pub async fn run_job(node: &Arc<App>, name: &str) {
    let job = jobs::ALL.iter().find(|job| job.name == name).unwrap();
    let runner = JobRunner::new(Arc::clone(node));
    assert!(runner.run_once(job).await.unwrap());
    runner.release(job).await.unwrap();
}

/// Starts a server and returns when it listens.
pub async fn start(config: Config) -> Running {
    let application = Application::build(config)
        .await
        .unwrap_or_else(|error| panic!("the server does not start: {error:?}"));
    for key in signing_keys::prepared() {
        application.add_signing_key(key);
    }
    let url = format!("http://{}", application.address());
    let (shutdown, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let run = application.run_until(async move {
            let _ = stopped.await;
        });
        run.await.expect("the server runs until it is stopped");
    });
    Running {
        url,
        shutdown,
        task,
    }
}

/// Why a server with this configuration does not start.
pub async fn refusal(config: Config) -> String {
    match Application::build(config).await {
        Ok(_) => panic!("the server starts"),
        Err(error) => format!("{error:#}"),
    }
}

impl Running {
    /// Shuts it down gracefully.
    pub async fn stop(self) {
        let _ = self.shutdown.send(());
        tokio::time::timeout(STOP, self.task)
            .await
            .expect("the server stops in time")
            .expect("the server does not panic");
    }
}

/// The operations that the server answers, sorted.
pub fn supported_operations() -> Vec<&'static str> {
    cognate::operations::registry().names()
}
