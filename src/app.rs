//! What every door of the server shares.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::cache::Caches;
use crate::clock::Clock;
use crate::config::Config;
use crate::context::RequestContext;
use crate::crypto::{Argon2Settings, KeyReserve, MasterKey, Passwords, Vault};
use crate::entropy::Entropy;
use crate::flows::master_key_check;
use crate::messaging::{Outbox, Worker};
use crate::protocol::sigv4::SigV4Verifier;
use crate::store::{self, Db, OpenOptions};

/// Prepared statements kept per connection: more than the server has.
const STATEMENT_CACHE: usize = 256;
/// How long deliveries in progress may take at the end.
const DELIVERY_GRACE: Duration = Duration::from_secs(5);
/// How long counters of limits and lock-outs are kept after their last change: longer than any of
/// them looks back.
const COUNTERS_KEPT_SECONDS: i64 = 86_400;
/// Rows of a kind that one transaction of the purge removes at the most.
const PURGE_BATCH: i64 = 1_000;

/// The state behind all requests.
pub struct App {
    /// The effective configuration.
    pub config: Config,
    /// The URL under which clients reach the server, without a trailing slash.
    pub public_url: String,
    /// The store.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// What seals secrets at rest and in clients' hands.
    pub vault: Vault,
    /// Argon2id on a bounded number of threads.
    pub passwords: Passwords,
    /// RSA keys made ahead of need.
    pub key_reserve: KeyReserve,
    /// What is remembered for a moment.
    pub caches: Caches,
    /// Messages on their way.
    pub outbox: Outbox,
    verifier: SigV4Verifier,
    workers: Mutex<Option<Workers>>,
}

/// What runs beside the requests.
struct Workers {
    outbox: Worker,
    purge: JoinHandle<()>,
}

impl App {
    /// Opens and migrates the store and makes everything that requests need. `public_url` is
    /// where clients reach the server, `verifier` checks the signatures of administrators.
    ///
    /// # Errors
    /// If the configuration cannot be carried out: the store does not open, the master key is
    /// missing or not the one that the store was written under, the parameters of Argon2id are out
    /// of range.
    pub async fn open(
        config: Config,
        public_url: String,
        verifier: SigV4Verifier,
    ) -> anyhow::Result<Arc<Self>> {
        let clock = Clock::default();
        let entropy = Entropy;
        let db = open_store(&config).await?;
        db.claim().await?;
        db.migrate().await?;
        let keys = config
            .secrets
            .master_keys(config.profile, &config.store.data_dir, || entropy.bytes())?;
        let previous: Vec<MasterKey> = keys
            .previous
            .iter()
            .map(|key| MasterKey::from_bytes(**key))
            .collect();
        let vault = Vault::new(&MasterKey::from_bytes(*keys.current), &previous, entropy)?;
        master_key_check::check(&db, &vault, clock.now()).await?;
        let argon2 = Argon2Settings {
            memory_kib: config.passwords.memory_kib,
            iterations: config.passwords.iterations,
            parallelism: config.passwords.parallelism,
        };
        let passwords = Passwords::new(
            argon2,
            config.passwords.effective_workers(),
            config.passwords.queue,
        )?;
        let outbox = Outbox::new(&config, db.clone(), vault.clone(), clock.clone(), entropy)?;
        Ok(Arc::new(Self {
            public_url,
            db,
            clock,
            entropy,
            vault,
            passwords,
            key_reserve: KeyReserve::new(config.tokens.key_reserve),
            caches: Caches::default(),
            outbox,
            config,
            verifier,
            workers: Mutex::new(None),
        }))
    }

    /// Starts what runs beside the requests: delivery of messages, and the purge of what time has
    /// made worthless. Once; [`App::stop`] ends it.
    pub fn start_workers(self: &Arc<Self>) {
        let workers = Workers {
            outbox: self.outbox.start(),
            purge: tokio::spawn(purge(Arc::downgrade(self))),
        };
        *self.workers.lock().unwrap_or_else(PoisonError::into_inner) = Some(workers);
    }

    /// Ends the workers, letting deliveries in progress finish for a while, and closes the store.
    pub async fn stop(&self) {
        let workers = self
            .workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(workers) = workers {
            workers.purge.abort();
            workers.outbox.stop(DELIVERY_GRACE).await;
        }
        self.db.close().await;
    }

    /// The context of what the server does by itself, without a request, now and in its own region.
    #[must_use]
    pub fn internal_context(&self) -> RequestContext {
        RequestContext::internal(
            self.entropy.uuid(),
            &self.config.server.region,
            self.clock.now(),
        )
    }

    /// What checks the signatures of administrators.
    #[must_use]
    pub const fn verifier(&self) -> &SigV4Verifier {
        &self.verifier
    }

    /// The issuer of a pool's tokens.
    #[must_use]
    pub fn issuer(&self, region: &str, pool_id: &str) -> String {
        self.config
            .tokens
            .issuer
            .issuer(&self.public_url, region, pool_id)
    }
}

/// Opens the configured store.
///
/// # Errors
/// If it does not open.
pub async fn open_store(config: &Config) -> anyhow::Result<Db> {
    let options = OpenOptions {
        max_connections: config.store.effective_max_connections(),
        acquire_timeout: Duration::from_secs(config.store.acquire_timeout_seconds),
        statement_cache: if config.store.statement_cache {
            STATEMENT_CACHE
        } else {
            0
        },
    };
    let url = config.store.effective_url();
    Ok(if url.primary_wanted() {
        Db::open_primary(url.expose_each(), &options).await?
    } else {
        Db::open(url.expose(), &options).await?
    })
}

/// Removes, once a minute, what time has made worthless.
async fn purge(app: Weak<App>) {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        let Some(app) = app.upgrade() else { return };
        if let Err(error) = purge_once(&app).await {
            tracing::warn!(%error, "the purge failed; it is tried again in a minute");
        }
    }
}

async fn purge_once(app: &App) -> store::Result<()> {
    let now = app.clock.now();
    let counted_before = now.plus_seconds(-COUNTERS_KEPT_SECONDS);
    loop {
        let mut tx = app.db.begin().await?;
        let removed =
            store::expiry::delete_expired(&mut tx, now, counted_before, PURGE_BATCH).await?;
        tx.commit().await?;
        if removed < PURGE_BATCH.unsigned_abs() {
            return Ok(());
        }
    }
}
