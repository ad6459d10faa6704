//! The two databases behind one type.

use std::fs;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};

use super::conn::{Conn, Driver, Tx};
use super::open::{OpenError, OpenOptions};
use super::pool::{self, Bounds, Pool, PoolConnection, PooledConnection};
use super::primary::Primary;
use super::private_files;
use super::read_batcher::ReadBatcher;
use super::read_cache::{ReadCache, WriteEpoch};
use super::session_user_rows::{Key, SessionUser, SessionUserRow};
use super::sqlite_location;
use super::sqlite_process_lock::ProcessLock;
use super::statement::execute;
use super::{Error, Result, connection_loss};

/// Connections that read, beside the one that writes; SQLite's write-ahead log allows both at once.
const SQLITE_READERS: usize = 4;
/// How long SQLite waits for another process's write lock.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The advisory lock under which one node migrates PostgreSQL: `cognate` in ASCII.
const MIGRATION_LOCK: i64 = 0x63_6f67_6e61_7465;

/// The newest migration that a version must know to work on the store.
const NEEDED_MIGRATION: &str = "SELECT needs_migration FROM schema_compatibility WHERE id = 1";

/// An open store.
#[derive(Clone, Debug)]
pub enum Db {
    /// The store for production.
    Postgres(Postgres),
    /// The embedded store. SQLite has one writer at a time, so there is one connection that writes:
    /// writers wait for it in order, instead of failing with "database is locked".
    Sqlite {
        /// The connection that writes.
        writer: Pool<SqliteConnection>,
        /// The connections that read.
        readers: Pool<SqliteConnection>,
        /// The lock that gives the file to this process.
        process_lock: Arc<ProcessLock>,
        /// Numbers the times between writes.
        writes: WriteEpoch,
        /// Users with the state of their sessions that were read since the last write.
        session_users: Arc<ReadCache<SessionUser>>,
    },
}

impl Db {
    /// Opens the store at `url`: `sqlite:///path/file.db` (created if missing) or `postgres://…`.
    ///
    /// # Errors
    /// If the URL names no store, or the database does not answer.
    pub async fn open(url: &str, options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url, options).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let connect = connect_options(url, options)?;
            let primary = Primary::open_single(connect, options).await?;
            Ok(Self::postgres(primary, options))
        } else {
            Err(OpenError::Scheme)
        }
    }

    /// Opens the PostgreSQL store on whichever of the servers at `urls` accepts writes, and follows
    /// the primary after a failover.
    ///
    /// # Errors
    /// If a URL names no PostgreSQL server, or none of them accepts writes.
    pub async fn open_primary(
        urls: &[String],
        options: &OpenOptions,
    ) -> std::result::Result<Self, OpenError> {
        let hosts = urls.iter().map(|url| connect_options(url, options));
        let hosts = hosts.collect::<std::result::Result<_, _>>()?;
        let primary = Primary::open_failover(hosts, options).await?;
        Ok(Self::postgres(primary, options))
    }

    fn postgres(primary: Primary, options: &OpenOptions) -> Self {
        Self::Postgres(Postgres {
            primary,
            caches_statements: options.statement_cache > 0,
            session_users: ReadBatcher::new(max_batches(options)),
        })
    }

    async fn open_sqlite(url: &str, options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        let connect = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(SQLITE_BUSY_TIMEOUT);
        let file = connect.get_filename().to_path_buf();
        if let Some(directory) = file.parent().filter(|d| !d.as_os_str().is_empty()) {
            create_private_directory(directory).map_err(|source| OpenError::Directory {
                path: directory.display().to_string(),
                source,
            })?;
        }
        let is_new = fs::metadata(&file).map_or(true, |file| file.len() == 0);
        if !sqlite_location::is_in_memory(url) {
            private_files::prepare(&file).map_err(sqlx::Error::Io)?;
        }
        let bounds = |connections| Bounds {
            connections,
            wait: options.acquire_timeout,
            max_age: None,
        };
        let mut connect_writer = connect.clone();
        // Later the setting would be written anew with each connection, and change nothing.
        if is_new {
            connect_writer = connect_writer.auto_vacuum(SqliteAutoVacuum::Incremental);
        }
        let writer = pool::open(connect_writer, bounds(1)).await?;
        let readers = pool::open(connect.clone(), bounds(SQLITE_READERS)).await?;
        let writes = WriteEpoch::default();
        Ok(Self::Sqlite {
            writer,
            readers,
            process_lock: Arc::new(ProcessLock::new(file, options.acquire_timeout)),
            session_users: Arc::new(ReadCache::new(writes.clone())),
            writes,
        })
    }

    /// Locks a SQLite file for this process until the store is closed or the process ends, waiting for
    /// another process that is just ending. Does nothing on PostgreSQL, which several servers share.
    ///
    /// # Errors
    /// [`OpenError::InUse`] if another process holds the lock.
    pub async fn claim(&self) -> std::result::Result<(), OpenError> {
        match self {
            Self::Postgres(_) => Ok(()),
            Self::Sqlite { process_lock, .. } => process_lock.acquire().await,
        }
    }

    /// As [`Db::claim`], without waiting: `false` if another process holds the lock.
    ///
    /// # Errors
    /// If the file of the lock cannot be opened.
    pub fn try_claim(&self) -> std::result::Result<bool, OpenError> {
        match self {
            Self::Postgres(_) => Ok(true),
            Self::Sqlite { process_lock, .. } => process_lock.try_acquire(),
        }
    }

    /// Migrates the schema to this version. Several nodes may call it at once on PostgreSQL: the first
    /// takes the lock, the others wait and find nothing left to do. A SQLite file has to be claimed
    /// first ([`Db::claim`]).
    ///
    /// A store that a newer version has migrated is taken as it is, unless that version has written that this one
    /// cannot work on it (ADR 36).
    ///
    /// # Errors
    /// If a migration fails; [`OpenError::Newer`].
    pub async fn migrate(&self) -> std::result::Result<(), OpenError> {
        match self {
            Self::Postgres(Postgres {
                primary,
                caches_statements,
                ..
            }) => {
                let mut conn = acquire(&primary.pool()).await?;
                // sqlx's own lock belongs to a session, which a pooler in transaction mode may give to
                // another client with the lock on it; this one ends with the transaction.
                let mut tx = conn.begin().await?;
                // sqlx prepares the migrations' statements by names. A pooler's session may have such
                // names from an earlier start already, and none may stay behind in it.
                let deallocate = "DEALLOCATE ALL";
                if !caches_statements {
                    sqlx::raw_sql(deallocate).execute(&mut *tx).await?;
                }
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(MIGRATION_LOCK)
                    .execute(&mut *tx)
                    .await?;
                let mut migrator = sqlx::migrate!("migrations/postgres");
                // `run` does the same, but its future is not `Send`, so that no spawned task could await it.
                migrator
                    .set_locking(false)
                    .set_ignore_missing(true)
                    .run_direct(None, &mut *tx, false)
                    .await?;
                let needed = sqlx::query_scalar(NEEDED_MIGRATION)
                    .fetch_one(&mut *tx)
                    .await?;
                check_compatible(&migrator, needed)?;
                if !caches_statements {
                    sqlx::raw_sql(deallocate).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
            Self::Sqlite { writer, .. } => {
                let mut conn = acquire(writer).await?;
                let mut migrator = sqlx::migrate!("migrations/sqlite");
                migrator
                    .set_ignore_missing(true)
                    .run_direct(None, &mut *conn, false)
                    .await?;
                let needed = sqlx::query_scalar(NEEDED_MIGRATION)
                    .fetch_one(&mut *conn)
                    .await?;
                check_compatible(&migrator, needed)?;
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
            Self::Postgres(postgres) => postgres.acquire().await?,
            Self::Sqlite { readers, .. } => {
                Conn::new(Driver::Sqlite(pool::acquire(readers).await?))
            }
        })
    }

    /// A connection for one statement that writes and needs no transaction around it.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub async fn write(&self) -> Result<Conn> {
        Ok(match self {
            Self::Postgres(postgres) => postgres.acquire().await?,
            Self::Sqlite { writer, writes, .. } => {
                Conn::new(Driver::Sqlite(pool::acquire(writer).await?)).writing(writes)
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
            // The connection was lost before, so nothing was done on it. The pool does not return
            // others that were lost with it.
            Err(Error::Database(error)) if connection_loss::is_loss(&error) => {
                Tx::begin(self.write().await?).await
            }
            begun => begun,
        }
    }

    /// The newest migration that this version knows.
    #[must_use]
    pub fn newest_known_migration(&self) -> i64 {
        newest(&match self {
            Self::Postgres(_) => sqlx::migrate!("migrations/postgres"),
            Self::Sqlite { .. } => sqlx::migrate!("migrations/sqlite"),
        })
    }

    /// A transaction that only reads, and sees one moment of the database however long it takes. While it is open,
    /// SQLite's write-ahead log is not shortened, and PostgreSQL keeps rows that are deleted.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn snapshot(&self) -> Result<Tx> {
        Tx::begin_snapshot(self.read().await?).await
    }

    /// Runs the smallest statement, to see whether the database answers.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn ping(&self) -> Result<()> {
        let mut conn = self.read().await?;
        execute!("db.db.ping", conn, "SELECT 1");
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

    /// Closes the idle connections, and each connection in use when it is returned.
    pub async fn close(&self) {
        match self {
            Self::Postgres(postgres) => postgres.primary.close().await,
            Self::Sqlite {
                writer,
                readers,
                process_lock,
                ..
            } => {
                pool::close(readers).await;
                pool::close(writer).await;
                process_lock.release();
            }
        }
    }
}

/// A PostgreSQL store that is open.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// The server that it is on.
    pub primary: Primary,
    caches_statements: bool,
    /// Batches the reads of users with the state of their sessions.
    pub(super) session_users: ReadBatcher<Key, Option<SessionUserRow>>,
}

impl Postgres {
    async fn acquire(&self) -> Result<Conn> {
        let conn = Conn::new(Driver::Postgres(self.primary.acquire().await?));
        Ok(if self.caches_statements {
            conn
        } else {
            conn.behind_pooler()
        })
    }
}

/// How many batches run at once: with the default number of connections, one per core; and two at
/// least, so that one whose connection does not answer does not hold up all callers.
fn max_batches(options: &OpenOptions) -> usize {
    usize::try_from(options.max_connections / 4).map_or(usize::MAX, |quarter| quarter.max(2))
}

fn connect_options(
    url: &str,
    options: &OpenOptions,
) -> std::result::Result<PgConnectOptions, OpenError> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("cognate")
        // PgBouncer refuses connections that set this parameter, and no column is a float.
        .extra_float_digits(None)
        .statement_cache_capacity(options.statement_cache))
}

/// A connection for the migrations, with an error that [`OpenError`] can be made from.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "deadpool's errors are not ours to list"
)]
async fn acquire<C: PoolConnection>(
    pool: &Pool<C>,
) -> std::result::Result<PooledConnection<C>, sqlx::Error> {
    pool.get().await.map_err(|error| match error {
        deadpool::managed::PoolError::Backend(error) => error,
        _ => sqlx::Error::PoolTimedOut,
    })
}

fn create_private_directory(directory: &std::path::Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Whether this version, which knows the migrations of `migrator`, can work on a store that needs one to be known.
fn check_compatible(
    migrator: &sqlx::migrate::Migrator,
    needed: i64,
) -> std::result::Result<(), OpenError> {
    let known = newest(migrator);
    if needed > known {
        return Err(OpenError::Newer { known, needed });
    }
    Ok(())
}

fn newest(migrator: &sqlx::migrate::Migrator) -> i64 {
    let versions = migrator.iter().map(|migration| migration.version);
    versions.max().unwrap_or_default()
}
