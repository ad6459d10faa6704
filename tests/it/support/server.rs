//! The server under test, in this process.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use cognate::config::Config;
use serde_json::json;

use super::application::{self, Running};
use super::client::{Admin, Client};
use super::fixture::Fixture;
use super::inbox::Inbox;
use super::store::TestStore;

/// A running server as its callers see it, in this process or not.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Anybody.
    pub client: Client,
    /// The administrator.
    pub admin: Admin,
    taken: Arc<Mutex<HashSet<String>>>,
    advanced: Arc<AtomicI64>,
}

impl Endpoint {
    /// The server at `url`, which has no trailing slash.
    pub fn new(url: &str) -> Self {
        Self {
            client: Client::new(url),
            admin: Admin::new(url),
            taken: Arc::default(),
            advanced: Arc::default(),
        }
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.client.endpoint
    }

    /// The development inbox of one address or number.
    pub fn inbox(&self, to: &str) -> Inbox {
        Inbox::new(self.client.clone(), to, Arc::clone(&self.taken))
    }

    /// Moves the server's clock.
    pub async fn advance(&self, seconds: i64) {
        let request = self
            .client
            .raw(reqwest::Method::POST, "/_cognate/clock")
            .header("content-type", "application/json")
            .body(json!({ "advanceSeconds": seconds }).to_string());
        self.client.send(request).await.ok();
        self.advanced.fetch_add(seconds, Ordering::Relaxed);
    }

    /// What the server's clock says by now, if nobody else has moved it.
    pub fn now(&self) -> jiff::Timestamp {
        super::client::now(self.advanced.load(Ordering::Relaxed))
    }
}

/// A server of the development profile on a port of its own, in this process.
#[derive(Clone)]
pub struct TestServer {
    endpoint: Endpoint,
    /// Its database, for a second server on the same or for a look inside.
    pub store: TestStore,
    running: Arc<Mutex<Option<Running>>>,
}

impl TestServer {
    /// Starts a server on `store` as tests like it, with `change` made to its configuration.
    pub async fn start(store: &TestStore, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = application::test_config(store);
        change(&mut config);
        let running = application::start(config).await;
        Self {
            endpoint: Endpoint::new(&running.url),
            store: store.clone(),
            running: Arc::new(Mutex::new(Some(running))),
        }
    }

    /// The server as its administrator reaches it in production ([`application::production`]).
    pub fn administered(&self) -> Endpoint {
        let (id, secret) = application::ACCESS_KEY;
        let mut endpoint = self.endpoint.clone();
        endpoint.admin = endpoint.admin.with_keys(id, secret);
        endpoint
    }

    /// Shuts it down gracefully. A second call does nothing.
    pub async fn stop(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            running.stop().await;
        }
    }
}

impl Deref for TestServer {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Fixture for TestServer {
    async fn set_up(store: TestStore) -> Self {
        Self::start(&store, |_| {}).await
    }

    async fn tear_down(self) {
        self.stop().await;
    }
}
