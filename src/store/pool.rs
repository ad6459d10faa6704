//! Connections that are kept and lent out.
//!
//! sqlx's own pool asks a connection whether it lives each time it comes back (a whole round trip,
//! half of what reading a user costs) and does so in a task of its own. This one asks only where
//! there is a doubt: a connection on which a statement broke off or failed for the connection's
//! sake is not lent again, and one that nobody has used for a while is asked first.

use std::fmt;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection};

use super::{Error, Result, lost};

/// Time without use after which a connection is asked whether it lives.
const UNTRIED: Duration = Duration::from_secs(1);
/// The first pause between two attempts to connect to a database that is starting or full, and the
/// longest; each is twice the one before.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// Connections to one database.
pub type Pool<C> = managed::Pool<Keeper<C>>;
/// A connection that goes back when it is dropped.
pub(super) type Lent<C> = managed::Object<Keeper<C>>;

/// How many connections there are, and how long they are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Most of them at once.
    pub connections: usize,
    /// How long a caller waits for one.
    pub wait: Duration,
    /// Age beyond which one is replaced, if at all.
    pub age: Option<Duration>,
}

/// Opens connections and decides whether one that came back is lent again.
pub struct Keeper<C: Kept> {
    options: C::Options,
    age: Option<Duration>,
    wary: bool,
}

/// The options have the password in them.
impl<C: Kept> fmt::Debug for Keeper<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper(..)")
    }
}

/// What the pool wants to know of a driver's connection.
pub trait Kept: Connection {
    /// Whether it takes writes.
    fn takes_writes(&mut self) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// Whether one of this age was given up with others.
    fn is_given_up(age: Duration) -> bool;
}

impl Kept for SqliteConnection {
    async fn takes_writes(&mut self) -> sqlx::Result<bool> {
        Ok(true)
    }

    fn is_given_up(_: Duration) -> bool {
        false
    }
}

/// A pool without connections yet. A `wary` one asks each new connection whether it takes writes.
///
/// # Errors
/// Never with bounds that are not absurd.
pub(super) fn new<C: Kept>(
    options: C::Options,
    bounds: Bounds,
    wary: bool,
) -> sqlx::Result<Pool<C>> {
    let keeper = Keeper::<C> {
        options,
        age: bounds.age,
        wary,
    };
    let config = PoolConfig {
        max_size: bounds.connections,
        timeouts: Timeouts {
            wait: Some(bounds.wait),
            create: Some(bounds.wait),
            recycle: Some(bounds.wait),
        },
        // The others rest, and their memory at the database's end with them.
        queue_mode: QueueMode::Lifo,
    };
    Pool::builder(keeper)
        .config(config)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| sqlx::Error::Configuration(error.into()))
}

/// A pool with one connection in it, so that a database that cannot be reached is known at once.
///
/// # Errors
/// If there is none, or it refuses.
pub(super) async fn open<C: Kept>(options: C::Options, bounds: Bounds) -> sqlx::Result<Pool<C>> {
    let pool: Pool<C> = new(options, bounds, false)?;
    match pool.get().await {
        Ok(first) => drop(first),
        Err(PoolError::Backend(error)) => return Err(error),
        // What it waited for until then.
        Err(_) => drop(pool.manager().options.connect().await?),
    }
    Ok(pool)
}

/// A connection, within the pool's patience.
///
/// # Errors
/// [`Error::Exhausted`] if none became free or the database did not take one more in time,
/// [`Error::Database`] if it refused.
pub(super) async fn lend<C: Kept>(pool: &Pool<C>) -> Result<Lent<C>> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => error.into(),
        PoolError::Timeout(_) => Error::Exhausted,
        PoolError::Closed => Error::Database(sqlx::Error::PoolClosed),
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            Error::Database(sqlx::Error::WorkerCrashed)
        }
    })
}

/// Lends no more and closes the connections that nobody has; one that is still out is closed when
/// it comes back.
pub(super) async fn close<C: Kept>(pool: &Pool<C>) {
    let idle = pool.retain(|_, _| false).removed;
    pool.close();
    for connection in idle {
        // The process is about to end; a connection that is broken already needs no closing.
        let _ = connection.close().await;
    }
}

impl<C: Kept> managed::Manager for Keeper<C> {
    type Type = C;
    type Error = sqlx::Error;

    /// Goes on trying while the database starts or has no room; the pool bounds how long.
    async fn create(&self) -> std::result::Result<C, sqlx::Error> {
        let (mut pause, longest) = PAUSES;
        loop {
            match self.options.connect().await {
                Err(error) if may_pass(&error) => tokio::time::sleep(pause).await,
                Ok(mut connection) if self.wary => {
                    return if connection.takes_writes().await? {
                        Ok(connection)
                    } else {
                        let text = "the host takes no writes any more";
                        Err(sqlx::Error::Configuration(text.into()))
                    };
                }
                other => return other,
            }
            pause = longest.min(pause * 2);
        }
    }

    async fn recycle(&self, connection: &mut C, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        let now = Instant::now();
        let age = now - metrics.created;
        if self.age.is_some_and(|longest| age > longest) || C::is_given_up(age) {
            return Err(RecycleError::message("old"));
        }
        if now - metrics.recycled.unwrap_or(metrics.created) > UNTRIED {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// Whether the next attempt to connect may succeed without anybody's doing.
fn may_pass(error: &sqlx::Error) -> bool {
    /// Too many connections, and starting up, as PostgreSQL numbers them.
    const PASSING: [&str; 2] = ["53300", "57P03"];
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(database)
            if database
                .code()
                .is_some_and(|code| PASSING.contains(&&*code)) =>
        {
            true
        }
        // As a server ends, and as a pooler without a session of its own says it.
        _ => lost::is_loss(error),
    }
}

/// Whether the connection is of no more use after this.
pub(super) fn ends_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(_) => lost::is_loss(error),
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
    fn it_shows_no_password() {
        let options: PgConnectOptions = "postgres://cognate:hunter2@localhost/cognate"
            .parse()
            .unwrap();
        let bounds = Bounds {
            connections: 1,
            wait: Duration::from_secs(1),
            age: None,
        };
        let pool: Pool<PgConnection> = new(options, bounds, false).unwrap();
        let shown = format!("{pool:?}");
        assert!(
            shown.contains("Keeper") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
