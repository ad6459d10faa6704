//! Sessions with PostgreSQL: with one server, or with whichever of several is the primary now.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::hosts::{Found, Hosts, PATIENCE, takes_writes};
use super::pool::{self, Bounds, Kept, Lent, Pool};
use super::{OpenError, OpenOptions, Result, lost};

/// Age at which a connection to PostgreSQL is replaced: what a long life gathers at its other end is
/// given back.
const AGE: Duration = Duration::from_secs(30 * 60);

/// How often the primary is asked whether it still is one, and the others whether they are by now.
const WATCH: Duration = Duration::from_millis(500);

/// Where sessions come from.
#[derive(Clone, Debug)]
pub struct Primary(Place);

#[derive(Clone, Debug)]
enum Place {
    /// The one server there is.
    Fixed(Pool<PgConnection>),
    /// One of several.
    Moving(Arc<Moving>),
}

/// The sessions with the primary of now. After a change, this is another pool: what still hangs on
/// the old one takes no place in the new one.
#[derive(Debug)]
struct Moving {
    pool: watch::Receiver<Pool<PgConnection>>,
    watcher: AbortHandle,
}

impl Drop for Moving {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl Primary {
    /// Sessions with one server.
    ///
    /// # Errors
    /// If it does not answer, or refuses.
    pub(super) async fn fixed(
        connect: PgConnectOptions,
        options: &OpenOptions,
    ) -> sqlx::Result<Self> {
        let pool = pool::open(connect, bounds(options)).await?;
        Ok(Self(Place::Fixed(pool)))
    }

    /// Sessions with whichever of these servers takes writes, and a task that looks after that.
    ///
    /// # Errors
    /// If none takes writes in the time that a request waits for a connection.
    pub(super) async fn moving(
        each: Vec<PgConnectOptions>,
        options: &OpenOptions,
    ) -> std::result::Result<Self, OpenError> {
        let hosts = Hosts::new(each);
        let begun = Instant::now();
        let found = loop {
            match hosts.find(0).await {
                Ok(found) => break found,
                Err(refusals) if begun.elapsed() + WATCH > options.acquire_timeout => {
                    return Err(OpenError::NoPrimary(refusals));
                }
                Err(_) => sleep(WATCH).await,
            }
        };
        tracing::info!(host = hosts.name(found.index), "found the primary");
        let (pools, pool) = watch::channel(wary_pool(options, &found)?);
        let watcher = tokio::spawn(look_after(hosts, found, pools, options.clone()));
        Ok(Self(Place::Moving(Arc::new(Moving {
            pool,
            watcher: watcher.abort_handle(),
        }))))
    }

    /// The sessions of now.
    #[must_use]
    pub fn pool(&self) -> Pool<PgConnection> {
        match &self.0 {
            Place::Fixed(pool) => pool.clone(),
            Place::Moving(moving) => moving.pool.borrow().clone(),
        }
    }

    /// A session, within the pool's patience.
    ///
    /// # Errors
    /// As [`pool::lend`].
    pub(super) async fn lend(&self) -> Result<Lent<PgConnection>> {
        match &self.0 {
            Place::Fixed(pool) => pool::lend(pool).await,
            Place::Moving(moving) => moving.lend().await,
        }
    }

    /// Closes every session; one that is in use when it comes back.
    pub(super) async fn close(&self) {
        if let Place::Moving(moving) = &self.0 {
            moving.watcher.abort();
        }
        pool::close(&self.pool()).await;
    }
}

impl Moving {
    /// A session from the pool, or from its successor if that comes first: who waits for a server
    /// that is gone need not wait to the end.
    async fn lend(&self) -> Result<Lent<PgConnection>> {
        let mut pools = self.pool.clone();
        loop {
            let pool = pools.borrow_and_update().clone();
            tokio::select! {
                biased;
                Ok(()) = pools.changed() => {}
                lent = pool::lend(&pool) => return lent,
            }
        }
    }
}

impl Kept for PgConnection {
    async fn takes_writes(&mut self) -> sqlx::Result<bool> {
        takes_writes(self).await
    }

    /// Those that are as old as one that was lost are likely lost too.
    fn is_given_up(age: Duration) -> bool {
        lost::outlived(age)
    }
}

fn bounds(options: &OpenOptions) -> Bounds {
    Bounds {
        connections: usize::try_from(options.max_connections).unwrap_or(usize::MAX),
        wait: options.acquire_timeout,
        age: Some(AGE),
    }
}

/// Sessions with a server that might come back as a standby.
fn wary_pool(options: &OpenOptions, found: &Found) -> sqlx::Result<Pool<PgConnection>> {
    pool::new(found.options.clone(), bounds(options), true)
}

/// Asks the primary again and again, and when it is none any more, looks for the one that is.
async fn look_after(
    hosts: Hosts,
    mut found: Found,
    pools: watch::Sender<Pool<PgConnection>>,
    options: OpenOptions,
) {
    loop {
        sleep(WATCH).await;
        let answer = timeout(PATIENCE, takes_writes(&mut found.session)).await;
        if matches!(answer, Ok(Ok(true))) {
            continue;
        }
        // Who does not answer is asked last.
        let silent = answer.is_err();
        let first = found.index + usize::from(silent);
        tracing::warn!(
            host = hosts.name(found.index),
            silent,
            "the primary is lost"
        );
        let lost_at = Instant::now();
        let next = loop {
            match hosts.find(first).await {
                Ok(next) => break next,
                Err(refusals) => tracing::warn!("no host takes writes: {refusals}"),
            }
            sleep(WATCH).await;
        };
        lost::mark();
        if silent || next.index != found.index {
            match wary_pool(&options, &next) {
                Ok(pool) => pool::close(&pools.send_replace(pool)).await,
                Err(error) => tracing::error!(%error, "no pool for the new primary"),
            }
        }
        tracing::warn!(
            host = hosts.name(next.index),
            after_ms = lost_at.elapsed().as_millis(),
            "found the primary again"
        );
        found = next;
    }
}
