//! Connections to PostgreSQL: to a single server, or to whichever of several is the primary.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::hosts::{HOST_TIMEOUT, Hosts, WritableHost, accepts_writes};
use super::open::{OpenError, OpenOptions};
use super::pool::{self, Bounds, Pool, PoolConnection, PooledConnection};
use super::{Result, connection_loss};

/// Age at which a connection is replaced, which returns the memory that its process in PostgreSQL has
/// gathered.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);

/// Pause between two checks of the primary, and between two searches for a new one.
const MONITOR_INTERVAL: Duration = Duration::from_millis(500);

/// The primary, which connections are opened to.
#[derive(Clone, Debug)]
pub struct Primary(Source);

#[derive(Clone, Debug)]
enum Source {
    /// The only server.
    Single(Pool<PgConnection>),
    /// One of several servers.
    Failover(Arc<Failover>),
}

/// The pool of the present primary. A failover replaces the pool, so that connections to the former
/// primary that are still in use do not count against the new pool's size.
#[derive(Debug)]
struct Failover {
    pool: watch::Receiver<Pool<PgConnection>>,
    monitor: AbortHandle,
}

impl Drop for Failover {
    fn drop(&mut self) {
        self.monitor.abort();
    }
}

impl Primary {
    /// Opens a pool of connections to a single server.
    ///
    /// # Errors
    /// If the server does not answer, or refuses.
    pub(super) async fn open_single(
        connect: PgConnectOptions,
        options: &OpenOptions,
    ) -> sqlx::Result<Self> {
        let pool = pool::open(connect, bounds(options)).await?;
        Ok(Self(Source::Single(pool)))
    }

    /// Opens a pool of connections to whichever of `hosts` accepts writes, and starts the task that
    /// replaces the pool after a failover.
    ///
    /// # Errors
    /// If no host accepts writes within the time that a request waits for a connection.
    pub(super) async fn open_failover(
        hosts: Vec<PgConnectOptions>,
        options: &OpenOptions,
    ) -> std::result::Result<Self, OpenError> {
        let hosts = Hosts::new(hosts);
        let started = Instant::now();
        let primary = loop {
            match hosts.find_writable(0).await {
                Ok(primary) => break primary,
                Err(refusals) if started.elapsed() + MONITOR_INTERVAL > options.acquire_timeout => {
                    return Err(OpenError::NoPrimary(refusals));
                }
                Err(_) => sleep(MONITOR_INTERVAL).await,
            }
        };
        tracing::info!(host = hosts.name(primary.index), "found the primary");
        let (pools, pool) = watch::channel(verifying_pool(options, &primary)?);
        let monitor = tokio::spawn(monitor_primary(hosts, primary, pools, options.clone()));
        Ok(Self(Source::Failover(Arc::new(Failover {
            pool,
            monitor: monitor.abort_handle(),
        }))))
    }

    /// The present pool.
    #[must_use]
    pub fn pool(&self) -> Pool<PgConnection> {
        match &self.0 {
            Source::Single(pool) => pool.clone(),
            Source::Failover(failover) => failover.pool.borrow().clone(),
        }
    }

    /// A connection, waiting for at most the time that a request may wait for one.
    ///
    /// # Errors
    /// As [`pool::acquire`].
    pub(super) async fn acquire(&self) -> Result<PooledConnection<PgConnection>> {
        match &self.0 {
            Source::Single(pool) => pool::acquire(pool).await,
            Source::Failover(failover) => failover.acquire().await,
        }
    }

    /// Closes every idle connection. A connection in use is closed when it is returned.
    pub(super) async fn close(&self) {
        if let Source::Failover(failover) = &self.0 {
            failover.monitor.abort();
        }
        pool::close(&self.pool()).await;
    }
}

impl Failover {
    /// A connection from the pool, or from the pool that replaces it meanwhile: a caller that waits for
    /// a lost primary goes on as soon as the new one is found.
    async fn acquire(&self) -> Result<PooledConnection<PgConnection>> {
        let mut pools = self.pool.clone();
        loop {
            let pool = pools.borrow_and_update().clone();
            tokio::select! {
                biased;
                Ok(()) = pools.changed() => {}
                acquired = pool::acquire(&pool) => return acquired,
            }
        }
    }
}

impl PoolConnection for PgConnection {
    async fn accepts_writes(&mut self) -> sqlx::Result<bool> {
        accepts_writes(self).await
    }

    /// A connection that is older than one that was lost is most likely lost too.
    fn predates_last_loss(age: Duration) -> bool {
        connection_loss::predates_last_loss(age)
    }
}

fn bounds(options: &OpenOptions) -> Bounds {
    Bounds {
        connections: usize::try_from(options.max_connections).unwrap_or(usize::MAX),
        wait: options.acquire_timeout,
        max_age: Some(MAX_CONNECTION_AGE),
    }
}

/// A pool for a host that may become a standby, which is why each new connection is checked.
fn verifying_pool(options: &OpenOptions, host: &WritableHost) -> sqlx::Result<Pool<PgConnection>> {
    pool::new(host.options.clone(), bounds(options), true)
}

/// Checks the primary at an interval. When it does not accept writes any more, finds the host that
/// does, and replaces the pool.
async fn monitor_primary(
    hosts: Hosts,
    mut primary: WritableHost,
    pools: watch::Sender<Pool<PgConnection>>,
    options: OpenOptions,
) {
    loop {
        sleep(MONITOR_INTERVAL).await;
        let answer = timeout(HOST_TIMEOUT, accepts_writes(&mut primary.connection)).await;
        if matches!(answer, Ok(Ok(true))) {
            continue;
        }
        // A host that does not answer is tried last.
        let silent = answer.is_err();
        let first = primary.index + usize::from(silent);
        tracing::warn!(
            host = hosts.name(primary.index),
            silent,
            "the primary is lost"
        );
        let lost_at = Instant::now();
        let next = loop {
            match hosts.find_writable(first).await {
                Ok(next) => break next,
                Err(refusals) => tracing::warn!("no host takes writes: {refusals}"),
            }
            sleep(MONITOR_INTERVAL).await;
        };
        connection_loss::record_loss();
        if silent || next.index != primary.index {
            match verifying_pool(&options, &next) {
                Ok(pool) => pool::close(&pools.send_replace(pool)).await,
                Err(error) => tracing::error!(%error, "no pool for the new primary"),
            }
        }
        tracing::warn!(
            host = hosts.name(next.index),
            after_ms = lost_at.elapsed().as_millis(),
            "found the primary again"
        );
        primary = next;
    }
}
