//! The two databases behind one type, and the macro that runs one SQL text on either.

use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Executor};
use tokio::runtime::Handle;

use super::Result;
use super::own::Own;
use super::pool::{self, Bounds, Lent, Pool};
use super::recent::{Recent, Writes};
use super::users::WithSession;

/// Runs one body on whichever database `conn: &mut Conn` belongs to: the same SQL text, the same
/// binds, compiled once for each driver.
///
/// ```ignore
/// on!(conn, db => sqlx::query("DELETE FROM users WHERE pool_id = $1").bind(pool).execute(db).await?)
/// ```
macro_rules! on {
    ($conn:expr, $db:ident => $body:expr) => {{
        let done: std::result::Result<_, sqlx::Error> = match $conn.link()? {
            $crate::store::db::Link::Postgres($db) => async { Ok($body) }.await,
            $crate::store::db::Link::Sqlite($db) => async { Ok($body) }.await,
        };
        $conn.done(done)?
    }};
}
/// The number of rows that a statement with these binds changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::on!($conn, db => {
            sqlx::query($sql)$(.bind($bind))*.execute(&mut *db).await?.rows_affected()
        })
    };
}
/// At most one row, as `$row`.
macro_rules! fetch_optional {
    ($row:ty, $conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::on!($conn, db => {
            sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut *db).await?
        })
    };
}
/// All rows, as `Vec<$row>`.
macro_rules! fetch_all {
    ($row:ty, $conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::on!($conn, db => {
            sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut *db).await?
        })
    };
}
/// Reading connections that SQLite's WAL serves beside its one writer.
const SQLITE_READERS: usize = 4;
/// How long SQLite waits for another process's write lock.
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// Age at which a connection to PostgreSQL is replaced: what a long life gathers at its other end is
/// given back.
const POSTGRES_AGE: Duration = Duration::from_secs(30 * 60);

/// The advisory lock under which one node migrates PostgreSQL: `cognate` in ASCII.
const MIGRATION_LOCK: i64 = 0x63_6f67_6e61_7465;

/// An open store.
#[derive(Clone, Debug)]
pub enum Db {
    /// The production store.
    Postgres(Pool<PgConnection>),
    /// The embedded store. SQLite has one writer at a time, so there is one writing connection:
    /// writers queue here, in order, instead of failing with "database is locked".
    Sqlite {
        /// The writing connection.
        writer: Pool<SqliteConnection>,
        /// The reading ones.
        readers: Pool<SqliteConnection>,
        /// What makes it one process's.
        own: Arc<Own>,
    },
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL's scheme names no store.
    #[error(
        "store.url must begin with `sqlite://` or `postgres://`, as in `sqlite:///var/lib/cognate/cognate.db` or `postgres://cognate@localhost/cognate`"
    )]
    Scheme,
    /// The directory of the embedded store could not be made.
    #[error("cannot create the directory {path}: {source}")]
    Directory {
        /// The directory.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database did not answer, or refused.
    #[error("cannot open the store: {0}")]
    Database(#[from] sqlx::Error),
    /// Another process has the embedded store.
    #[error(
        "another process has the store {path} open; SQLite is for one server, several share PostgreSQL"
    )]
    InUse {
        /// The database's file.
        path: String,
    },
    /// A migration failed; the store is as it was before it.
    #[error("cannot migrate the store: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Most connections to PostgreSQL that this process keeps.
    pub max_connections: u32,
    /// How long a request waits for a connection before it fails.
    pub acquire_timeout: Duration,
    /// Prepared statements kept per connection; 0 behind a pooler that cannot track them.
    pub statement_cache: usize,
}

impl Db {
    /// Opens the store at `url`: `sqlite:///path/file.db` (made if missing) or `postgres://…`.
    ///
    /// # Errors
    /// If the URL names no store, or the database does not answer.
    pub async fn open(url: &str, options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url, options).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let connect = PgConnectOptions::from_str(url)?
                .application_name("cognate")
                .statement_cache_capacity(options.statement_cache);
            let bounds = Bounds {
                connections: usize::try_from(options.max_connections).unwrap_or(usize::MAX),
                wait: options.acquire_timeout,
                age: Some(POSTGRES_AGE),
            };
            Ok(Self::Postgres(pool::open(connect, bounds).await?))
        } else {
            Err(OpenError::Scheme)
        }
    }

    async fn open_sqlite(url: &str, options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        let connect = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(SQLITE_BUSY);
        let file = connect.get_filename().to_path_buf();
        if let Some(directory) = file.parent().filter(|d| !d.as_os_str().is_empty()) {
            create_private_directory(directory).map_err(|source| OpenError::Directory {
                path: directory.display().to_string(),
                source,
            })?;
        }
        let bounds = |connections| Bounds {
            connections,
            wait: options.acquire_timeout,
            age: None,
        };
        let writer = pool::open(connect.clone(), bounds(1)).await?;
        let readers = pool::open(connect.clone(), bounds(SQLITE_READERS)).await?;
        Ok(Self::Sqlite {
            writer,
            readers,
            own: Arc::new(Own::new(file, options.acquire_timeout)),
        })
    }

    /// Makes the embedded store this process's until it is closed or the process ends; a former one
    /// that is just ending is waited for. PostgreSQL belongs to whoever may connect.
    ///
    /// # Errors
    /// [`OpenError::InUse`] if another process keeps it.
    pub async fn claim(&self) -> std::result::Result<(), OpenError> {
        match self {
            Self::Postgres(_) => Ok(()),
            Self::Sqlite { own, .. } => own.claim().await,
        }
    }

    /// What was read of sessions since the last write, where this process is the only one that
    /// writes.
    pub(super) fn recent_sessions(&self) -> Option<&Recent<WithSession>> {
        match self {
            Self::Postgres(_) => None,
            Self::Sqlite { own, .. } => own.is_claimed().then_some(&own.sessions),
        }
    }

    /// Brings the schema up to this version. Several nodes may call it at once on PostgreSQL: the
    /// first takes the lock, the others wait and find nothing left to do. The embedded store has to
    /// be claimed.
    ///
    /// # Errors
    /// If a migration fails, or the store was migrated by a newer version.
    pub async fn migrate(&self) -> std::result::Result<(), OpenError> {
        match self {
            Self::Postgres(pool) => {
                let mut conn = lend(pool).await?;
                // sqlx's own lock belongs to a session, which a pooler in transaction mode may
                // hand to somebody else with the lock on it; this one ends with the transaction.
                let mut tx = conn.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(MIGRATION_LOCK)
                    .execute(&mut *tx)
                    .await?;
                let mut migrator = sqlx::migrate!("migrations/postgres");
                // `run` does the same, but takes a connection in a way that no spawned task can.
                migrator
                    .set_locking(false)
                    .run_direct(None, &mut *tx, false)
                    .await?;
                tx.commit().await?;
            }
            Self::Sqlite { writer, .. } => {
                let mut conn = lend(writer).await?;
                sqlx::migrate!("migrations/sqlite")
                    .run_direct(None, &mut *conn, false)
                    .await?;
            }
        }
        Ok(())
    }

    /// A connection for statements that only read.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub async fn read(&self) -> Result<Conn> {
        Ok(Conn::new(match self {
            Self::Postgres(pool) => Either::Postgres(pool::lend(pool).await?),
            Self::Sqlite { readers, .. } => Either::Sqlite(pool::lend(readers).await?),
        }))
    }

    /// A connection for one statement that writes and needs no transaction around it.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub async fn write(&self) -> Result<Conn> {
        Ok(match self {
            Self::Postgres(pool) => Conn::new(Either::Postgres(pool::lend(pool).await?)),
            Self::Sqlite { writer, own, .. } => {
                let mut conn = Conn::new(Either::Sqlite(pool::lend(writer).await?));
                own.writes.begin();
                conn.writes = Some(own.writes.clone());
                conn
            }
        })
    }

    /// A transaction that writes. On SQLite it takes the write lock at once, since a transaction
    /// that reads first and then writes can fail half-way.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn begin(&self) -> Result<Tx> {
        let mut conn = self.write().await?;
        let begun = match conn.link()? {
            Link::Postgres(db) => db.execute("BEGIN").await.map(drop),
            Link::Sqlite(db) => db.execute("BEGIN IMMEDIATE").await.map(drop),
        };
        conn.done(begun)?;
        conn.in_transaction = true;
        Ok(Tx(conn))
    }

    /// Asks the database the smallest question there is.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn ping(&self) -> Result<()> {
        execute!(self.read().await?, "SELECT 1");
        Ok(())
    }

    /// The kind of database, for logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::Sqlite { .. } => "sqlite",
        }
    }

    /// Closes every connection; one that is in use when it comes back.
    pub async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool::close(pool).await,
            Self::Sqlite {
                writer,
                readers,
                own,
            } => {
                pool::close(readers).await;
                pool::close(writer).await;
                own.give_up();
            }
        }
    }
}

/// A connection for the migrations, which speak the driver's errors.
async fn lend<C: Connection>(pool: &Pool<C>) -> std::result::Result<Lent<C>, sqlx::Error> {
    pool.get().await.map_err(|error| match error {
        deadpool::managed::PoolError::Backend(error) => error,
        _ => sqlx::Error::PoolTimedOut,
    })
}

fn create_private_directory(directory: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// A connection that statements run on, inside a transaction or not.
pub struct Conn {
    /// There until it is dropped.
    lent: Option<Either<Lent<PgConnection>, Lent<SqliteConnection>>>,
    /// Whether the last statement came to its end and left the connection usable.
    fit: bool,
    in_transaction: bool,
    /// Told of the end, if it is the connection that writes to SQLite.
    writes: Option<Writes>,
}

pub(super) enum Either<P, S> {
    Postgres(P),
    Sqlite(S),
}

/// The driver's connection, for [`on!`].
pub(super) type Link<'c> = Either<&'c mut PgConnection, &'c mut SqliteConnection>;

impl Conn {
    const fn new(lent: Either<Lent<PgConnection>, Lent<SqliteConnection>>) -> Self {
        Self {
            lent: Some(lent),
            fit: true,
            in_transaction: false,
            writes: None,
        }
    }

    /// The connection, for one statement, which ends with [`Conn::done`]: a caller that is dropped
    /// in between leaves it in the middle of an answer.
    ///
    /// # Errors
    /// Never before the connection is dropped.
    pub(super) fn link(&mut self) -> Result<Link<'_>> {
        self.fit = false;
        match &mut self.lent {
            Some(Either::Postgres(conn)) => Ok(Link::Postgres(conn)),
            Some(Either::Sqlite(conn)) => Ok(Link::Sqlite(conn)),
            None => Err(sqlx::Error::PoolClosed.into()),
        }
    }

    /// The end of a statement.
    pub(super) fn done<T>(&mut self, done: std::result::Result<T, sqlx::Error>) -> Result<T> {
        self.fit = !done.as_ref().is_err_and(pool::ends_connection);
        Ok(done?)
    }

    async fn end(&mut self, statement: &'static str) -> Result<()> {
        let ended = match self.link()? {
            Link::Postgres(db) => db.execute(statement).await.map(drop),
            Link::Sqlite(db) => db.execute(statement).await.map(drop),
        };
        // Whatever came of it, this is not a transaction any more, or not a connection.
        self.in_transaction = false;
        let ended = self.done(ended);
        self.fit &= ended.is_ok();
        ended
    }
}

impl Drop for Conn {
    /// Gives the connection back. One that is unfit is closed instead, and a transaction that was
    /// not committed is rolled back first.
    fn drop(&mut self) {
        if self.fit && !self.in_transaction {
            // The connection is given back after this, so that the next writer begins after it.
            if let Some(writes) = &self.writes {
                writes.end();
            }
            return;
        }
        let Some(lent) = self.lent.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) if self.fit => {
                let mut open = Self {
                    lent: Some(lent),
                    fit: true,
                    in_transaction: true,
                    writes: self.writes.take(),
                };
                runtime.spawn(async move { open.end("ROLLBACK").await });
            }
            // Closing rolls back.
            _ => match lent {
                Either::Postgres(conn) => drop(Lent::take(conn)),
                Either::Sqlite(conn) => drop(Lent::take(conn)),
            },
        }
    }
}

/// A transaction: rolled back unless [`Tx::commit`] is called.
pub struct Tx(Conn);

impl Tx {
    /// Makes what the transaction did durable.
    ///
    /// # Errors
    /// If the database did not confirm it.
    pub async fn commit(mut self) -> Result<()> {
        self.0.end("COMMIT").await
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

pub(super) use {execute, fetch_all, fetch_optional, on};
