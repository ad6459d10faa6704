//! The state that all entry points of the server share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::cache::Caches;
use crate::clock::Clock;
use crate::config::{Config, PublicAddress};
use crate::context::RequestContext;
use crate::crypto::{
    Argon2Settings, KeyReserve, KnownPasswords, MasterKey, PasswordPepper, Passwords, QueueBounds,
    Vault,
};
use crate::domain::access_key::Authority;
use crate::domain::failure::Failure;
use crate::domain::policy::{Policy, ReadyMade};
use crate::domain::sender_call::SenderCall;
use crate::entropy::Entropy;
use crate::flows::keys::{inventory, retirement};
use crate::flows::master_key_check;
use crate::messaging::{CallFuture, FunctionCaller, Outbox, Worker};
use crate::outbound::Outbound;
use crate::protocol::sigv4::SigV4Verifier;
use crate::store::{Db, OpenOptions, master_keys};
use crate::triggers::{Triggers, custom_senders};

/// Most prepared statements that a connection caches: more than the server has.
const STATEMENT_CACHE: usize = 256;
/// How long deliveries in progress may take at the end.
const DELIVERY_GRACE: Duration = Duration::from_secs(5);
/// The state behind all requests.
pub struct App {
    /// The effective configuration.
    pub config: Config,
    /// The URL under which clients reach the server, without a trailing slash.
    pub public_url: String,
    /// What that URL is made of.
    pub public_address: PublicAddress,
    /// The store.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// The vault, which seals secrets that the store or clients hold.
    pub vault: Vault,
    /// Argon2id on a bounded number of threads.
    pub passwords: Passwords,
    /// The lists of passwords that pools may refuse.
    pub known_passwords: KnownPasswords,
    /// What seals and opens password hashes.
    pub pepper: PasswordPepper,
    /// RSA keys made ahead of need.
    pub key_reserve: KeyReserve,
    /// The caches of this node.
    pub caches: Caches,
    /// The outbox of messages.
    pub outbox: Outbox,
    /// The functions of user pools.
    pub triggers: Arc<Triggers>,
    verifier: SigV4Verifier,
    /// The holders of the configuration's access keys, by the keys' ids.
    authorities: HashMap<String, Arc<Authority>>,
    delivery: Mutex<Option<Worker>>,
    afterwards: Mutex<JoinSet<()>>,
    this: Weak<Self>,
}

impl App {
    /// Opens and migrates the store and makes everything that requests need. `public_url` is
    /// where clients reach the server, `verifier` checks the signatures of administrators.
    ///
    /// # Errors
    /// If the configuration cannot be carried out: the store does not open, the master key is
    /// missing or not the one that the store was written under, the parameters of Argon2id are out
    /// of range, the policy of an access key is wrong.
    pub async fn open(
        config: Config,
        public_url: String,
        verifier: SigV4Verifier,
    ) -> anyhow::Result<Arc<Self>> {
        let authorities = configured_authorities(&config)?;
        let clock = Clock::default();
        let entropy = Entropy;
        let db = open_store(&config).await?;
        db.claim().await?;
        db.migrate().await?;
        let vault = open_vault(&config, entropy)?;
        master_key_check::check(&db, &vault, clock.now()).await?;
        let hashing = &config.passwords;
        if !config.secrets.serve_despite_missing_master_keys {
            inventory::check(&db, &vault).await?;
        }
        retirement::record_previous(&db, &vault, clock.now()).await?;
        retirement::record_use(&db, &vault, clock.now()).await?;
        let caches = Caches::default();
        let form = master_keys::SEALED_PASSWORD_HASHES;
        let seals = master_keys::writes_form(&mut db.read().await?, form).await?;
        caches.keys.set_seals_password_hashes(seals);
        let argon2 = Argon2Settings {
            memory_kib: hashing.memory_kib,
            iterations: hashing.iterations,
            parallelism: hashing.parallelism,
        };
        let bounds = QueueBounds {
            all: hashing.queue,
            kept_for_known: hashing.queue_part(hashing.queue_for_known_percent),
            of_pool: hashing.queue_part(hashing.queue_of_pool_percent),
            of_network: hashing.queue_part(hashing.queue_of_source_percent),
        };
        let passwords = Passwords::new(argon2, hashing.effective_workers(), bounds)?;
        let known_passwords = KnownPasswords::open(config.passwords.known_list.as_deref())?;
        let outbound = Outbound::for_config(&config)?;
        let (sealer, time) = (vault.clone(), clock.clone());
        let triggers = Arc::new(Triggers::new(&config, outbound.clone(), clock.clone())?);
        let senders: Arc<dyn FunctionCaller> = Arc::new(Senders(Arc::clone(&triggers)));
        let outgoing = (&outbound, senders);
        let outbox = Outbox::new(&config, outgoing, db.clone(), sealer, time, entropy)?;
        let pepper = PasswordPepper::new(vault.clone())?;
        Ok(Arc::new_cyclic(|this| Self {
            public_address: PublicAddress::of(&public_url),
            public_url,
            db,
            clock,
            entropy,
            pepper,
            vault,
            passwords,
            known_passwords,
            key_reserve: KeyReserve::new(config.tokens.key_reserve),
            caches,
            outbox,
            triggers,
            config,
            verifier,
            authorities,
            delivery: Mutex::new(None),
            afterwards: Mutex::default(),
            this: Weak::clone(this),
        }))
    }

    /// Starts the delivery of messages. To be called once; [`App::stop`] ends it.
    pub fn start_delivery(&self) {
        let worker = self.outbox.start();
        *self.delivery.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker);
    }

    /// Runs `work` beside the request, which is answered without waiting for it.
    pub fn afterwards<F: Future<Output = ()> + Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Self>) -> F,
    ) {
        let Some(this) = self.this.upgrade() else {
            return;
        };
        let mut running = self
            .afterwards
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while running.try_join_next().is_some() {}
        running.spawn(work(this).in_current_span());
    }

    /// Ends the delivery of messages, letting deliveries in progress finish for a while, and closes the
    /// store.
    pub async fn stop(&self) {
        let running = std::mem::take(
            &mut *self
                .afterwards
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        if tokio::time::timeout(DELIVERY_GRACE, running.join_all())
            .await
            .is_err()
        {
            tracing::warn!("what was to be done after answers was cut short");
        }
        let worker = self
            .delivery
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(worker) = worker {
            worker.stop(DELIVERY_GRACE).await;
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

    /// Who holds the access key of the configuration with this id.
    #[must_use]
    pub fn configured_authority(&self, id: &str) -> Option<&Arc<Authority>> {
        self.authorities.get(id)
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

/// The custom senders of pools, as the outbox calls them.
struct Senders(Arc<Triggers>);

impl FunctionCaller for Senders {
    fn call<'a>(&'a self, call: &'a SenderCall, encrypted_code: &'a str) -> CallFuture<'a> {
        Box::pin(async move {
            let sent = custom_senders::send(&self.0, call, encrypted_code).await;
            sent.map_err(|failure| {
                if let Failure::TriggerRefused(_, text) = failure {
                    format!("the function refused: {text}")
                } else {
                    "the function did not answer".to_owned()
                }
            })
        })
    }
}

/// The holders of the configuration's access keys: a key without a policy may do everything.
fn configured_authorities(config: &Config) -> anyhow::Result<HashMap<String, Arc<Authority>>> {
    let keys = config.admin.access_keys.iter();
    keys.map(|key| {
        let policy = match key.policy.as_str() {
            "" => ReadyMade::FullAccess.name(),
            policy => policy,
        };
        let policy = Policy::read(policy)
            .with_context(|| format!("the policy of {} in admin.access_keys", key.id))?;
        let user = key.id.clone();
        Ok((key.id.clone(), Arc::new(Authority { user, policy })))
    })
    .collect()
}

/// The vault with the configured master keys.
///
/// # Errors
/// If there is no master key, or it cannot be read.
pub fn open_vault(config: &Config, entropy: Entropy) -> anyhow::Result<Vault> {
    let keys = config
        .secrets
        .master_keys(config.profile, &config.store.data_dir, || entropy.bytes())?;
    let previous: Vec<MasterKey> = keys
        .previous
        .iter()
        .map(|key| MasterKey::from_bytes(**key))
        .collect();
    let current = MasterKey::from_bytes(*keys.current);
    Ok(Vault::new(&current, &previous, entropy)?)
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
