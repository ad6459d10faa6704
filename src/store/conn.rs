//! A connection in use, and a transaction.

use std::ops::{Deref, DerefMut};

use sqlx::Executor;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use tokio::runtime::Handle;
use tracing::Instrument;

use super::Result;
use super::pool::{self, PooledConnection};
use super::read_cache::WriteEpoch;

/// A connection that statements run on, inside a transaction or not.
pub struct Conn {
    /// `None` only while it is being dropped.
    pooled: Option<Pooled>,
    /// Whether the last statement was finished and left the connection usable.
    reusable: bool,
    in_transaction: bool,
    pooler: Pooler,
    /// Set for the connection that writes to SQLite; its write ends when it is returned.
    writes: Option<WriteEpoch>,
}

/// Whether a connection pooler like PgBouncer may move the connection to another server session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pooler {
    /// There is none, or it keeps the session.
    None,
    /// A pooler in transaction mode. The driver parses and executes in two steps, between which the
    /// pooler could change the session, so each statement gets a transaction of its own.
    BetweenStatements,
    /// Such a pooler, while an explicit transaction holds the session.
    BetweenTransactions,
}

/// A value for each driver.
pub(super) enum Driver<P, S> {
    Postgres(P),
    Sqlite(S),
}

/// A connection from the pool of either driver.
pub(super) type Pooled = Driver<PooledConnection<PgConnection>, PooledConnection<SqliteConnection>>;

/// The driver's connection, for [`super::statement::on!`].
pub(super) type DriverConnection<'c> = Driver<&'c mut PgConnection, &'c mut SqliteConnection>;

impl Conn {
    pub(super) const fn new(pooled: Pooled) -> Self {
        Self {
            pooled: Some(pooled),
            reusable: true,
            in_transaction: false,
            pooler: Pooler::None,
            writes: None,
        }
    }

    /// Marks a connection whose server session may change between two transactions.
    pub(super) const fn behind_pooler(mut self) -> Self {
        self.pooler = Pooler::BetweenStatements;
        self
    }

    /// Marks the connection that writes to SQLite: begins a write, which ends when it is returned.
    pub(super) fn writing(mut self, writes: &WriteEpoch) -> Self {
        writes.begin_write();
        self.writes = Some(writes.clone());
        self
    }

    /// Whether the connection is one to PostgreSQL.
    pub(super) const fn is_postgres(&self) -> bool {
        matches!(self.pooled, Some(Driver::Postgres(_)))
    }

    /// Whether statements are prepared by name, to be executed again.
    pub(super) fn caches_statements(&self) -> bool {
        self.pooler == Pooler::None
    }

    /// The driver's connection, for one statement, which ends with [`Conn::finish_statement`]. A
    /// caller that is cancelled in between leaves an answer half read, so the connection is not reused.
    ///
    /// # Errors
    /// If the transaction around the statement cannot begin.
    pub(super) async fn driver_connection(&mut self) -> Result<DriverConnection<'_>> {
        if self.pooler == Pooler::BetweenStatements && !self.in_transaction {
            self.begin("BEGIN").await?;
        }
        self.mark_in_use()
    }

    /// Ends a statement, and the transaction around it if it has one of its own.
    ///
    /// # Errors
    /// What the statement failed with, or the end of the transaction around it.
    pub(super) async fn finish_statement<T>(
        &mut self,
        result: std::result::Result<T, sqlx::Error>,
    ) -> Result<T> {
        let result = self.mark_finished(result);
        if self.pooler == Pooler::BetweenStatements && self.in_transaction && self.reusable {
            let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
            self.end(end).await?;
        }
        result
    }

    fn mark_in_use(&mut self) -> Result<DriverConnection<'_>> {
        self.reusable = false;
        match &mut self.pooled {
            Some(Driver::Postgres(conn)) => Ok(Driver::Postgres(conn)),
            Some(Driver::Sqlite(conn)) => Ok(Driver::Sqlite(conn)),
            None => Err(sqlx::Error::PoolClosed.into()),
        }
    }

    fn mark_finished<T>(&mut self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        self.reusable = !result.as_ref().is_err_and(pool::ends_connection);
        Ok(result?)
    }

    /// Runs a statement without binds, which is one step that no pooler can come between.
    async fn run(&mut self, statement: &'static str) -> Result<()> {
        let span = tracing::debug_span!("db.transaction", statement);
        let result = match self.mark_in_use()? {
            Driver::Postgres(db) => db.execute(statement).instrument(span).await.map(drop),
            Driver::Sqlite(db) => db.execute(statement).instrument(span).await.map(drop),
        };
        self.mark_finished(result)
    }

    async fn begin(&mut self, statement: &'static str) -> Result<()> {
        self.run(statement).await?;
        self.in_transaction = true;
        Ok(())
    }

    async fn end(&mut self, statement: &'static str) -> Result<()> {
        let ended = self.run(statement).await;
        // If it failed, the transaction is over too, or the connection is broken.
        self.in_transaction = false;
        self.reusable &= ended.is_ok();
        ended
    }
}

impl Drop for Conn {
    /// Returns the connection to its pool. A transaction that was not committed is rolled back first. A
    /// connection that is not reusable is closed instead.
    fn drop(&mut self) {
        if self.reusable && !self.in_transaction {
            // The connection is returned after this, so that the next writer begins after it.
            if let Some(writes) = &self.writes {
                writes.end_write();
            }
            return;
        }
        let Some(pooled) = self.pooled.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) if self.reusable => {
                let mut open = Self {
                    pooled: Some(pooled),
                    // Until the rollback is done. A runtime that shuts down drops the task unpolled, and with
                    // it this connection, which would otherwise be rolled back by another such task.
                    reusable: false,
                    in_transaction: true,
                    pooler: self.pooler,
                    writes: self.writes.take(),
                };
                runtime.spawn(async move { open.end("ROLLBACK").await });
            }
            // Closing rolls back.
            _ => match pooled {
                Driver::Postgres(conn) => drop(PooledConnection::take(conn)),
                Driver::Sqlite(conn) => drop(PooledConnection::take(conn)),
            },
        }
    }
}

/// A transaction: rolled back unless [`Tx::commit`] is called.
pub struct Tx(Conn);

impl Tx {
    pub(super) async fn begin(conn: Conn) -> Result<Self> {
        let statement = match &conn.pooled {
            Some(Driver::Sqlite(_)) => "BEGIN IMMEDIATE",
            _ => "BEGIN",
        };
        Self::begin_with(conn, statement).await
    }

    /// A transaction that only reads, and sees one moment of the database.
    pub(super) async fn begin_snapshot(conn: Conn) -> Result<Self> {
        let statement = match &conn.pooled {
            // With the write-ahead log, a transaction sees what was there at its first read.
            Some(Driver::Sqlite(_)) => "BEGIN",
            _ => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Self::begin_with(conn, statement).await
    }

    async fn begin_with(mut conn: Conn, statement: &'static str) -> Result<Self> {
        if conn.pooler == Pooler::BetweenStatements {
            conn.pooler = Pooler::BetweenTransactions;
        }
        conn.begin(statement).await?;
        Ok(Self(conn))
    }

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::store::{Db, OpenOptions};

    /// A transaction that is open when the runtime ends is dropped with it.
    #[test]
    fn a_runtime_may_end_before_a_rollback() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/store.db", directory.path().display());
        let options = OpenOptions {
            max_connections: 1,
            acquire_timeout: Duration::from_secs(5),
            statement_cache: 10,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (db, tx) = runtime.block_on(async {
            let db = Db::open(&url, &options).await.unwrap();
            let tx = db.begin().await.unwrap();
            (db, tx)
        });
        let handle = runtime.handle().clone();
        let entered = handle.enter();
        // The task that rolls back is never polled.
        drop(tx);
        drop(runtime);
        drop(entered);
        drop(db);
    }
}
