//! Macros that run one SQL text on either database, each in a span with a name of its own:
//! `db.<file>.<what>`, at the level `debug`. A span that is not recorded costs a comparison and allocates
//! nothing.
//!
//! A bound limit is written `LIMIT $n + 0`: SQLite compiles a statement anew for each value of a variable that
//! it plans by, and a bare limit is one. With the sum, the statement is compiled once.

/// Runs one body on whichever database `conn: &mut Conn` belongs to: the same SQL text, the same
/// binds, compiled once for each driver.
///
/// ```ignore
/// on!("db.users.clear", conn, db => {
///     sqlx::query("DELETE FROM users WHERE pool_id = $1").bind(pool).execute(db).await?
/// })
/// ```
macro_rules! on {
    ($span:literal, $conn:ident, $db:ident => $body:expr) => {{
        let statement = async {
            let result: std::result::Result<_, sqlx::Error> = match $conn
                .driver_connection()
                .await?
            {
                $crate::store::conn::DriverConnection::Postgres($db) => async { Ok($body) }.await,
                $crate::store::conn::DriverConnection::Sqlite($db) => async { Ok($body) }.await,
            };
            $conn.finish_statement(result).await
        };
        tracing::Instrument::instrument(statement, tracing::debug_span!($span)).await?
    }};
}
/// The number of rows that a statement with these binds changed.
macro_rules! execute {
    ($span:literal, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let persistent = $conn.caches_statements();
        $crate::store::statement::on!($span, $conn, db => {
            sqlx::query($sql)
                $(.bind($bind))*
                .persistent(persistent)
                .execute(&mut *db)
                .await?
                .rows_affected()
        })
    }};
}
/// At most one row, as `$row`.
macro_rules! fetch_optional {
    ($span:literal, $row:ty, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let persistent = $conn.caches_statements();
        $crate::store::statement::on!($span, $conn, db => {
            sqlx::query_as::<_, $row>($sql)
                $(.bind($bind))*
                .persistent(persistent)
                .fetch_optional(&mut *db)
                .await?
        })
    }};
}
/// All rows, as `Vec<$row>`.
macro_rules! fetch_all {
    ($span:literal, $row:ty, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let persistent = $conn.caches_statements();
        $crate::store::statement::on!($span, $conn, db => {
            sqlx::query_as::<_, $row>($sql)
                $(.bind($bind))*
                .persistent(persistent)
                .fetch_all(&mut *db)
                .await?
        })
    }};
}

pub(super) use {execute, fetch_all, fetch_optional, on};

/// The statement for a page of a list of the whole pool: the first `limit` rows of `ordered`. The limit is bound to
/// the variable of this number.
///
/// PostgreSQL plans a prepared statement once for all calls only if that plan looks no dearer than planning each call
/// does. It takes a bound limit for a tenth of all rows, which are so many in a large pool that it planned each call:
/// for 0.1 ms and more, longer than it reads. A limit in the text keeps that tenth below the rows that are wanted. It
/// is a power of eight, so that there are few texts, and no more rows are read than are bound: both databases read
/// `ordered` row by row, and keep its order.
pub(super) fn first_rows(ordered: &str, number: usize, limit: i64) -> String {
    let most = 8_u64.saturating_pow(limit.max(1).unsigned_abs().ilog(8) + 1);
    format!("SELECT * FROM ({ordered} LIMIT {most}) AS page LIMIT ${number} + 0")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tracing::Level;
    use tracing_subscriber::fmt::format::FmtSpan;

    use crate::store::{Db, OpenOptions, user_list};

    #[test]
    fn the_limit_in_the_text_cuts_nothing_off() {
        for limit in (1..2_000).chain([i64::from(i32::MAX) + 1]) {
            let text = super::first_rows("SELECT 1", 3, limit);
            let (_, rest) = text.split_once(" LIMIT ").unwrap();
            let (inner, rest) = rest.split_once(')').unwrap();
            let inner: i64 = inner.parse().unwrap();
            assert!((limit + 1..=8 * limit).contains(&inner), "{text}");
            assert_eq!(rest, " AS page LIMIT $3 + 0");
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged about spans at `level` while users are counted in a transaction.
    async fn spans(level: Level) -> String {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/store.db", directory.path().display());
        let options = OpenOptions {
            max_connections: 1,
            acquire_timeout: Duration::from_secs(5),
            statement_cache: 10,
        };
        let db = Db::open(&url, &options).await.unwrap();
        db.migrate().await.unwrap();
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_span_events(FmtSpan::NEW)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let mut tx = db.begin().await.unwrap();
        user_list::count(&mut tx, "pool").await.unwrap();
        tx.commit().await.unwrap();
        drop(logging);
        let log = log.0.lock().unwrap().clone();
        String::from_utf8(log).unwrap()
    }

    #[tokio::test]
    async fn a_statement_has_a_span_of_its_own_at_debug_level() {
        let log = spans(Level::DEBUG).await;
        let statements: Vec<&str> = log.lines().filter(|line| line.contains("db.")).collect();
        assert_eq!(statements.len(), 3, "{log}");
        for (line, expected) in statements.into_iter().zip([
            r#"db.transaction{statement="BEGIN IMMEDIATE"}"#,
            "db.users.count",
            r#"db.transaction{statement="COMMIT"}"#,
        ]) {
            assert!(line.contains(expected), "{line}");
        }
        assert!(!spans(Level::INFO).await.contains("db."));
    }
}
