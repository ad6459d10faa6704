//! The two databases behind one type, and the macro that runs one SQL text on either.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use super::conn::Either;
use super::own::Own;
use super::pool::{self, Bounds, Kept, Lent, Pool};
use super::primary::Primary;
use super::session_users::{Key, SessionUserRow};
use super::together::Together;
use super::{Conn, Error, Result, Tx, lost};

/// Runs one body on whichever database `conn: &mut Conn` belongs to: the same SQL text, the same
/// binds, compiled once for each driver.
///
/// ```ignore
/// on!(conn, db => sqlx::query("DELETE FROM users WHERE pool_id = $1").bind(pool).execute(db).await?)
/// ```
macro_rules! on {
    ($conn:ident, $db:ident => $body:expr) => {{
        let done: std::result::Result<_, sqlx::Error> = match $conn.link().await? {
            $crate::store::conn::Link::Postgres($db) => async { Ok($body) }.await,
            $crate::store::conn::Link::Sqlite($db) => async { Ok($body) }.await,
        };
        $conn.done(done).await?
    }};
}
/// The number of rows that a statement with these binds changed.
macro_rules! execute {
    ($conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let keeps = $conn.keeps_statements();
        $crate::store::db::on!($conn, db => {
            sqlx::query($sql)
                $(.bind($bind))*
                .persistent(keeps)
                .execute(&mut *db)
                .await?
                .rows_affected()
        })
    }};
}
/// At most one row, as `$row`.
macro_rules! fetch_optional {
    ($row:ty, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let keeps = $conn.keeps_statements();
        $crate::store::db::on!($conn, db => {
            sqlx::query_as::<_, $row>($sql)
                $(.bind($bind))*
                .persistent(keeps)
                .fetch_optional(&mut *db)
                .await?
        })
    }};
}
/// All rows, as `Vec<$row>`.
macro_rules! fetch_all {
    ($row:ty, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let keeps = $conn.keeps_statements();
        $crate::store::db::on!($conn, db => {
            sqlx::query_as::<_, $row>($sql)
                $(.bind($bind))*
                .persistent(keeps)
                .fetch_all(&mut *db)
                .await?
        })
    }};
}
/// Reading connections that SQLite's WAL serves beside its one writer.
const SQLITE_READERS: usize = 4;
/// How long SQLite waits for another process's write lock.
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// The advisory lock under which one node migrates PostgreSQL: `cognate` in ASCII.
const MIGRATION_LOCK: i64 = 0x63_6f67_6e61_7465;

/// An open store.
#[derive(Clone, Debug)]
pub enum Db {
    /// The production store.
    Postgres(Postgres),
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
    /// None of the hosts takes writes.
    #[error("cannot open the store: no host in store.url takes writes: {0}")]
    NoPrimary(String),
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
            let connect = connect_options(url, options)?;
            let primary = Primary::fixed(connect, options).await?;
            Ok(Self::postgres(primary, options))
        } else {
            Err(OpenError::Scheme)
        }
    }

    /// Opens the PostgreSQL store on whichever of the servers at `urls` takes writes, and follows
    /// the primary when it moves.
    ///
    /// # Errors
    /// If a URL names no PostgreSQL server, or none of them takes writes.
    pub async fn open_primary(
        urls: &[String],
        options: &OpenOptions,
    ) -> std::result::Result<Self, OpenError> {
        let each = urls.iter().map(|url| connect_options(url, options));
        let each = each.collect::<std::result::Result<_, _>>()?;
        let primary = Primary::moving(each, options).await?;
        Ok(Self::postgres(primary, options))
    }

    fn postgres(primary: Primary, options: &OpenOptions) -> Self {
        Self::Postgres(Postgres {
            primary,
            keeps_statements: options.statement_cache > 0,
            session_users: Together::new(reads_at_once(options)),
        })
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

    /// Brings the schema up to this version. Several nodes may call it at once on PostgreSQL: the
    /// first takes the lock, the others wait and find nothing left to do. The embedded store has to
    /// be claimed.
    ///
    /// # Errors
    /// If a migration fails, or the store was migrated by a newer version.
    pub async fn migrate(&self) -> std::result::Result<(), OpenError> {
        match self {
            Self::Postgres(Postgres {
                primary,
                keeps_statements,
                ..
            }) => {
                let mut conn = lend(&primary.pool()).await?;
                // sqlx's own lock belongs to a session, which a pooler in transaction mode may
                // hand to somebody else with the lock on it; this one ends with the transaction.
                let mut tx = conn.begin().await?;
                // sqlx prepares these by names which a pooler's session may know from another
                // start, and must not be left with.
                let forget = "DEALLOCATE ALL";
                if !keeps_statements {
                    sqlx::raw_sql(forget).execute(&mut *tx).await?;
                }
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
                if !keeps_statements {
                    sqlx::raw_sql(forget).execute(&mut *tx).await?;
                }
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
        Ok(match self {
            Self::Postgres(postgres) => postgres.lend().await?,
            Self::Sqlite { readers, .. } => Conn::new(Either::Sqlite(pool::lend(readers).await?)),
        })
    }

    /// A connection for one statement that writes and needs no transaction around it.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub async fn write(&self) -> Result<Conn> {
        Ok(match self {
            Self::Postgres(postgres) => postgres.lend().await?,
            Self::Sqlite { writer, own, .. } => {
                let conn = Conn::new(Either::Sqlite(pool::lend(writer).await?));
                conn.writing(&own.writes)
            }
        })
    }

    /// A transaction that writes. On SQLite it takes the write lock at once, since a transaction
    /// that reads first and then writes can fail half-way.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn begin(&self) -> Result<Tx> {
        match Tx::begin(self.write().await?).await {
            // The session was lost before, and nothing was done in it. Those that were lost with
            // it are not taken a second time.
            Err(Error::Database(error)) if lost::is_loss(&error) => {
                Tx::begin(self.write().await?).await
            }
            begun => begun,
        }
    }

    /// Asks the database the smallest question there is.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn ping(&self) -> Result<()> {
        let mut conn = self.read().await?;
        execute!(conn, "SELECT 1");
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
            Self::Postgres(postgres) => postgres.primary.close().await,
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

/// A PostgreSQL store that is open.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// Where its sessions come from.
    pub primary: Primary,
    keeps_statements: bool,
    /// Reads of callers with access tokens.
    pub(super) session_users: Together<Key, Option<SessionUserRow>>,
}

impl Postgres {
    async fn lend(&self) -> Result<Conn> {
        let conn = Conn::new(Either::Postgres(self.primary.lend().await?));
        Ok(if self.keeps_statements {
            conn
        } else {
            conn.behind_pooler()
        })
    }
}

/// Statements that read for several callers and run at once: with as many connections as there are by
/// default, one per core; and two at least, so that one whose session has gone silent does not hold up
/// everybody.
fn reads_at_once(options: &OpenOptions) -> usize {
    usize::try_from(options.max_connections / 4).map_or(usize::MAX, |quarter| quarter.max(2))
}

fn connect_options(
    url: &str,
    options: &OpenOptions,
) -> std::result::Result<PgConnectOptions, OpenError> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("cognate")
        // PgBouncer refuses who asks for it at the start, and nothing of ours is a float.
        .extra_float_digits(None)
        .statement_cache_capacity(options.statement_cache))
}

/// A connection for the migrations, which speak the driver's errors.
async fn lend<C: Kept>(pool: &Pool<C>) -> std::result::Result<Lent<C>, sqlx::Error> {
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

pub(super) use {execute, fetch_all, fetch_optional, on};
