//! A pool of database connections.
//!
//! sqlx's own pool pings a connection each time it is returned (a whole round trip, half of what reading
//! a user costs) and does so in a task of its own. This pool pings only in doubt: a connection on which a
//! statement was cancelled or failed because of the connection is not reused, and one that was idle for
//! a while is pinged before it is reused.

use std::fmt;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection};

use super::{Error, Result, connection_loss};

/// Idle time after which a connection is pinged before it is reused.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);
/// The first pause between two attempts to connect to a database that is starting or full; each
/// further pause is twice the one before.
const FIRST_CONNECT_PAUSE: Duration = Duration::from_millis(10);
/// The longest of these pauses.
const LONGEST_CONNECT_PAUSE: Duration = Duration::from_millis(250);

/// Connections to one database.
pub type Pool<C> = managed::Pool<ConnectionFactory<C>>;
/// A connection that returns to its pool when it is dropped.
pub(super) type PooledConnection<C> = managed::Object<ConnectionFactory<C>>;

/// How many connections a pool has, and how old they become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Most of them at once.
    pub connections: usize,
    /// How long a caller waits for one.
    pub wait: Duration,
    /// Age beyond which a connection is replaced, if at all.
    pub max_age: Option<Duration>,
}

/// Opens connections, and decides whether a returned connection is reused.
pub struct ConnectionFactory<C: PoolConnection> {
    options: C::Options,
    max_age: Option<Duration>,
    verify_writable: bool,
}

/// Shows no options, which have the password in them.
impl<C: PoolConnection> fmt::Debug for ConnectionFactory<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionFactory(..)")
    }
}

/// What the pool needs from a driver's connection.
pub trait PoolConnection: Connection {
    /// Asks the database whether it accepts writes on this connection.
    fn accepts_writes(&mut self) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// Whether a connection of this age was opened before the last loss of connections.
    fn predates_last_loss(age: Duration) -> bool;
}

impl PoolConnection for SqliteConnection {
    async fn accepts_writes(&mut self) -> sqlx::Result<bool> {
        Ok(true)
    }

    fn predates_last_loss(_: Duration) -> bool {
        false
    }
}

/// A pool without connections yet. With `verify_writable`, each new connection is asked whether it
/// accepts writes, and refused if it does not.
///
/// # Errors
/// If the bounds are invalid, which those of this crate are not.
pub(super) fn new<C: PoolConnection>(
    options: C::Options,
    bounds: Bounds,
    verify_writable: bool,
) -> sqlx::Result<Pool<C>> {
    let factory = ConnectionFactory::<C> {
        options,
        max_age: bounds.max_age,
        verify_writable,
    };
    let config = PoolConfig {
        max_size: bounds.connections,
        timeouts: Timeouts {
            wait: Some(bounds.wait),
            create: Some(bounds.wait),
            recycle: Some(bounds.wait),
        },
        // The connections used last are reused first, so that PostgreSQL's processes of the others stay
        // idle.
        queue_mode: QueueMode::Lifo,
    };
    Pool::builder(factory)
        .config(config)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| sqlx::Error::Configuration(error.into()))
}

/// A pool with one connection in it, so that an unreachable database is reported at once.
///
/// # Errors
/// If the database cannot be reached, or refuses.
pub(super) async fn open<C: PoolConnection>(
    options: C::Options,
    bounds: Bounds,
) -> sqlx::Result<Pool<C>> {
    let pool: Pool<C> = new(options, bounds, false)?;
    match pool.get().await {
        Ok(first) => drop(first),
        Err(PoolError::Backend(error)) => return Err(error),
        // The pool's time ran out; a connection attempt of our own says why.
        Err(_) => drop(pool.manager().options.connect().await?),
    }
    Ok(pool)
}

/// A connection from the pool, waiting for at most [`Bounds::wait`].
///
/// # Errors
/// [`Error::NoFreeConnection`] if none became free or the database did not take one more in time,
/// [`Error::Database`] if it refused.
pub(super) async fn acquire<C: PoolConnection>(pool: &Pool<C>) -> Result<PooledConnection<C>> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => error.into(),
        PoolError::Timeout(_) => Error::NoFreeConnection,
        PoolError::Closed => Error::Database(sqlx::Error::PoolClosed),
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            Error::Database(sqlx::Error::WorkerCrashed)
        }
    })
}

/// Closes the pool and its idle connections. A connection in use is closed when it is returned.
pub(super) async fn close<C: PoolConnection>(pool: &Pool<C>) {
    let idle = pool.retain(|_, _| false).removed;
    pool.close();
    for connection in idle {
        // The process is about to end; a connection that is broken already needs no closing.
        let _ = connection.close().await;
    }
}

impl<C: PoolConnection> managed::Manager for ConnectionFactory<C> {
    type Type = C;
    type Error = sqlx::Error;

    /// Retries while the database is starting or has no free connections; the pool's time-out ends it.
    async fn create(&self) -> std::result::Result<C, sqlx::Error> {
        let mut pause = FIRST_CONNECT_PAUSE;
        loop {
            match self.options.connect().await {
                Err(error) if is_transient(&error) => tokio::time::sleep(pause).await,
                Ok(mut connection) if self.verify_writable => {
                    return if connection.accepts_writes().await? {
                        Ok(connection)
                    } else {
                        let text = "the host takes no writes any more";
                        Err(sqlx::Error::Configuration(text.into()))
                    };
                }
                other => return other,
            }
            pause = LONGEST_CONNECT_PAUSE.min(pause * 2);
        }
    }

    async fn recycle(&self, connection: &mut C, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        let now = Instant::now();
        let age = now - metrics.created;
        if self.max_age.is_some_and(|max_age| age > max_age) || C::predates_last_loss(age) {
            return Err(RecycleError::message("old"));
        }
        if now - metrics.recycled.unwrap_or(metrics.created) > PING_AFTER_IDLE {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// Whether another attempt to connect may succeed without an operator's action.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlx's errors are not ours to list, and more may come"
)]
fn is_transient(error: &sqlx::Error) -> bool {
    /// PostgreSQL's codes for too many connections and for starting up.
    const TRANSIENT: [&str; 2] = ["53300", "57P03"];
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(database)
            if database
                .code()
                .is_some_and(|code| TRANSIENT.contains(&&*code)) =>
        {
            true
        }
        // A server that shuts down, or a pooler without a connection of its own.
        _ => connection_loss::is_loss(error),
    }
}

/// Whether a connection cannot be reused after this error.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlx's errors are not ours to list, and more may come"
)]
pub(super) fn ends_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(_) => connection_loss::is_loss(error),
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::{PgConnectOptions, PgConnection};

    use super::*;

    #[test]
    fn debug_output_of_a_pool_does_not_show_the_password() {
        let options: PgConnectOptions = "postgres://cognate:hunter2@localhost/cognate"
            .parse()
            .unwrap();
        let bounds = Bounds {
            connections: 1,
            wait: Duration::from_secs(1),
            max_age: None,
        };
        let pool: Pool<PgConnection> = new(options, bounds, false).unwrap();
        let shown = format!("{pool:?}");
        assert!(
            shown.contains("ConnectionFactory") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
