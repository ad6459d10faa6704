//! A connection in use, and a transaction.

use std::ops::{Deref, DerefMut};

use sqlx::Executor;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use tokio::runtime::Handle;

use super::Result;
use super::pool::{self, Lent};
use super::recent::Writes;

/// A connection that statements run on, inside a transaction or not.
pub struct Conn {
    /// There until it is dropped.
    lent: Option<Either<Lent<PgConnection>, Lent<SqliteConnection>>>,
    /// Whether the last statement came to its end and left the connection usable.
    fit: bool,
    in_transaction: bool,
    pooler: Pooler,
    /// Told of the end, if it is the connection that writes to SQLite.
    writes: Option<Writes>,
}

/// What stands between us and the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pooler {
    /// Nothing that changes sessions under us.
    None,
    /// A pooler in transaction mode. The driver parses and executes in two steps, between which the
    /// pooler could change the session: each statement gets a transaction of its own.
    BetweenStatements,
    /// Such a pooler, during a transaction of ours.
    BetweenTransactions,
}

/// One for each database.
pub(super) enum Either<P, S> {
    Postgres(P),
    Sqlite(S),
}

/// The driver's connection, for [`super::db::on!`].
pub(super) type Link<'c> = Either<&'c mut PgConnection, &'c mut SqliteConnection>;

impl Conn {
    pub(super) const fn new(lent: Either<Lent<PgConnection>, Lent<SqliteConnection>>) -> Self {
        Self {
            lent: Some(lent),
            fit: true,
            in_transaction: false,
            pooler: Pooler::None,
            writes: None,
        }
    }

    /// One whose sessions may change between two transactions.
    pub(super) const fn behind_pooler(mut self) -> Self {
        self.pooler = Pooler::BetweenStatements;
        self
    }

    /// The one that writes; `writes` are told when it begins and ends.
    pub(super) fn writing(mut self, writes: &Writes) -> Self {
        writes.begin();
        self.writes = Some(writes.clone());
        self
    }

    /// Whether statements are prepared by name, to be used again.
    pub(super) fn keeps_statements(&self) -> bool {
        self.pooler == Pooler::None
    }

    /// The connection, for one statement, which ends with [`Conn::done`]: a caller that is dropped
    /// in between leaves it in the middle of an answer.
    ///
    /// # Errors
    /// If the transaction around the statement cannot begin.
    pub(super) async fn link(&mut self) -> Result<Link<'_>> {
        if self.pooler == Pooler::BetweenStatements && !self.in_transaction {
            self.start("BEGIN").await?;
        }
        self.raw()
    }

    /// The end of a statement.
    ///
    /// # Errors
    /// What the statement failed with, or the end of the transaction around it.
    pub(super) async fn done<T>(&mut self, done: std::result::Result<T, sqlx::Error>) -> Result<T> {
        let done = self.note(done);
        if self.pooler == Pooler::BetweenStatements && self.in_transaction && self.fit {
            let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
            self.end(end).await?;
        }
        done
    }

    fn raw(&mut self) -> Result<Link<'_>> {
        self.fit = false;
        match &mut self.lent {
            Some(Either::Postgres(conn)) => Ok(Link::Postgres(conn)),
            Some(Either::Sqlite(conn)) => Ok(Link::Sqlite(conn)),
            None => Err(sqlx::Error::PoolClosed.into()),
        }
    }

    fn note<T>(&mut self, done: std::result::Result<T, sqlx::Error>) -> Result<T> {
        self.fit = !done.as_ref().is_err_and(pool::ends_connection);
        Ok(done?)
    }

    /// Runs a statement without binds, which no pooler separates.
    async fn run(&mut self, statement: &'static str) -> Result<()> {
        let done = match self.raw()? {
            Link::Postgres(db) => db.execute(statement).await.map(drop),
            Link::Sqlite(db) => db.execute(statement).await.map(drop),
        };
        self.note(done)
    }

    async fn start(&mut self, statement: &'static str) -> Result<()> {
        self.run(statement).await?;
        self.in_transaction = true;
        Ok(())
    }

    async fn end(&mut self, statement: &'static str) -> Result<()> {
        let ended = self.run(statement).await;
        // Whatever came of it, this is not a transaction any more, or not a connection.
        self.in_transaction = false;
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
                    pooler: self.pooler,
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
    pub(super) async fn begin(mut conn: Conn) -> Result<Self> {
        if conn.pooler == Pooler::BetweenStatements {
            conn.pooler = Pooler::BetweenTransactions;
        }
        let statement = match &conn.lent {
            Some(Either::Sqlite(_)) => "BEGIN IMMEDIATE",
            _ => "BEGIN",
        };
        conn.start(statement).await?;
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
