//! The two databases behind one type, and the macro that runs one SQL text on either.

use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Postgres, Sqlite, Transaction};

use super::Result;

/// Runs one body on whichever database `conn: &mut Conn` belongs to: the same SQL text, the same
/// binds, compiled once for each driver.
///
/// ```ignore
/// on!(conn, db => sqlx::query("DELETE FROM users WHERE pool_id = $1").bind(pool).execute(db).await?)
/// ```
macro_rules! on {
    ($conn:expr, $db:ident => $body:expr) => {
        match $conn.link() {
            $crate::store::db::Link::Postgres($db) => $body,
            $crate::store::db::Link::Sqlite($db) => $body,
        }
    };
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
const SQLITE_READERS: u32 = 4;
/// How long SQLite waits for another process's write lock.
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// The advisory lock under which one node migrates PostgreSQL: `cognate` in ASCII.
const MIGRATION_LOCK: i64 = 0x63_6f67_6e61_7465;

/// An open store.
#[derive(Clone, Debug)]
pub enum Db {
    /// The production store.
    Postgres(PgPool),
    /// The embedded store. SQLite has one writer at a time, so there is one writing connection:
    /// writers queue here, in order, instead of failing with "database is locked".
    Sqlite {
        /// The writing connection.
        writer: SqlitePool,
        /// The reading ones.
        readers: SqlitePool,
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
            let pool = PgPoolOptions::new()
                .max_connections(options.max_connections)
                .acquire_timeout(options.acquire_timeout)
                // A ping before each request costs a round trip; a broken connection fails its
                // one request and is dropped.
                .test_before_acquire(false)
                .connect_with(connect)
                .await?;
            Ok(Self::Postgres(pool))
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
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(connect.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(connect)
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Brings the schema up to this version. Several nodes may call it at once: the first takes
    /// the lock, the others wait and find nothing left to do.
    ///
    /// # Errors
    /// If a migration fails, or the store was migrated by a newer version.
    pub async fn migrate(&self) -> std::result::Result<(), OpenError> {
        match self {
            Self::Postgres(pool) => {
                // sqlx's own lock belongs to a session, which a pooler in transaction mode may
                // hand to somebody else with the lock on it; this one ends with the transaction.
                let mut tx = pool.begin().await?;
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
                // sqlx takes a lock for this on PostgreSQL only.
                let file = writer
                    .connect_options()
                    .get_filename()
                    .with_extension("migration-lock");
                let _lock = tokio::task::spawn_blocking(move || exclusive(&file))
                    .await
                    .map_err(std::io::Error::other)
                    .flatten()
                    .map_err(sqlx::Error::Io)?;
                sqlx::migrate!("migrations/sqlite").run(writer).await?;
            }
        }
        Ok(())
    }

    /// A connection for statements that only read.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub async fn read(&self) -> Result<Conn> {
        Ok(Conn(match self {
            Self::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
            Self::Sqlite { readers, .. } => Inner::Sqlite(readers.acquire().await?),
        }))
    }

    /// A connection for one statement that writes and needs no transaction around it.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub async fn write(&self) -> Result<Conn> {
        Ok(Conn(match self {
            Self::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
            Self::Sqlite { writer, .. } => Inner::Sqlite(writer.acquire().await?),
        }))
    }

    /// A transaction that writes. On SQLite it takes the write lock at once, since a transaction
    /// that reads first and then writes can fail half-way.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx(Conn(match self {
            Self::Postgres(pool) => Inner::PostgresTx(pool.begin().await?),
            Self::Sqlite { writer, .. } => {
                Inner::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
        })))
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

    /// Closes every connection, after those in use come back.
    pub async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// The file, made if missing, and locked until it is dropped.
fn exclusive(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

fn create_private_directory(directory: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// A connection that statements run on, inside a transaction or not.
pub struct Conn(Inner);

enum Inner {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
    PostgresTx(Transaction<'static, Postgres>),
    SqliteTx(Transaction<'static, Sqlite>),
}

/// The driver's connection, for [`on!`].
pub(super) enum Link<'c> {
    Postgres(&'c mut PgConnection),
    Sqlite(&'c mut SqliteConnection),
}

impl Conn {
    pub(super) fn link(&mut self) -> Link<'_> {
        match &mut self.0 {
            Inner::Postgres(conn) => Link::Postgres(conn),
            Inner::Sqlite(conn) => Link::Sqlite(conn),
            Inner::PostgresTx(tx) => Link::Postgres(tx),
            Inner::SqliteTx(tx) => Link::Sqlite(tx),
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
    pub async fn commit(self) -> Result<()> {
        match self.0.0 {
            Inner::PostgresTx(tx) => tx.commit().await?,
            Inner::SqliteTx(tx) => tx.commit().await?,
            Inner::Postgres(_) | Inner::Sqlite(_) => {}
        }
        Ok(())
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
