//! An empty database of its own for each test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqliteConnection};

use super::{postgres, sqlite};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// The embedded store, a file in a directory of the test's own.
    Sqlite,
    /// A database of the test's own on the server that all tests share.
    Postgres,
}

/// A database and a directory that belong to one test.
#[derive(Clone, Debug)]
pub struct TestStore {
    /// Which one it is.
    pub kind: StoreKind,
    /// What `COGNATE__STORE__URL` is set to.
    pub url: String,
    directory: Arc<tempfile::TempDir>,
}

/// The rows of each table as text, but for what a server changes by itself: leases of jobs, and when master keys were
/// used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows(BTreeMap<String, Vec<String>>);

/// The tables that a server changes by itself.
const KEPT_BY_SERVERS: &[&str] = &["job_leases", "master_keys"];

impl Rows {
    /// The tables that are not as they were.
    pub fn changes_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a str> {
        let tables = self.0.iter();
        tables
            .filter(|(table, rows)| before.0.get(*table) != Some(*rows))
            .map(|(table, _)| table.as_str())
    }
}

impl TestStore {
    /// Makes the directory and a copy of the migrated template.
    pub async fn new(kind: StoreKind) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("cognate-test-")
            .tempdir()
            .unwrap();
        let url = match kind {
            StoreKind::Sqlite => {
                let file = directory.path().join("store.db");
                sqlite::copy_template(&file).await;
                format!("sqlite://{}", file.display())
            }
            StoreKind::Postgres => postgres::new_database().await,
        };
        Self {
            kind,
            url,
            directory: Arc::new(directory),
        }
    }

    /// The directory for a server's other files: keys, logs, configuration.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// Everything the database holds, as a thief of a dump would have it: each value of each table,
    /// and of SQLite also the bytes of its file and log, where what was deleted may still be.
    pub async fn dump(&self) -> Vec<u8> {
        match self.kind {
            StoreKind::Postgres => postgres::dump(&self.url).await,
            StoreKind::Sqlite => {
                // A long value is not in one piece in the file, so the file alone would not do.
                let mut bytes = self.values().await;
                for suffix in ["", "-wal"] {
                    let path = self.directory.path().join(format!("store.db{suffix}"));
                    bytes.extend(std::fs::read(path).unwrap_or_default());
                }
                bytes
            }
        }
    }

    /// Each value of each table of SQLite.
    async fn values(&self) -> Vec<u8> {
        let mut database = SqliteConnection::connect(&self.url).await.unwrap();
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
             WHERE t.type = 'table' ORDER BY 1, 2",
        )
        .fetch_all(&mut database)
        .await
        .unwrap();
        let mut bytes = Vec::new();
        for (table, column) in columns {
            let select = format!(
                r#"SELECT CAST("{column}" AS BLOB) FROM "{table}" WHERE "{column}" IS NOT NULL"#
            );
            let values: Vec<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(select))
                .fetch_all(&mut database)
                .await
                .unwrap();
            for value in values {
                bytes.extend(value);
                bytes.push(b'\n');
            }
        }
        database.close().await.unwrap();
        bytes
    }

    /// All rows.
    pub async fn rows(&self) -> Rows {
        let mut rows = BTreeMap::new();
        match self.kind {
            StoreKind::Postgres => {
                let mut database = PgConnection::connect(&self.url).await.unwrap();
                let tables: Vec<String> = sqlx::query_scalar(
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
                )
                .fetch_all(&mut database)
                .await
                .unwrap();
                for table in tables {
                    let select = format!(r#"SELECT t::text FROM "{table}" t ORDER BY 1"#);
                    let select = sqlx::query_scalar(AssertSqlSafe(select));
                    let all: Vec<String> = select.fetch_all(&mut database).await.unwrap();
                    rows.insert(table, all);
                }
                database.close().await.unwrap();
            }
            StoreKind::Sqlite => {
                let mut database = SqliteConnection::connect(&self.url).await.unwrap();
                let columns: Vec<(String, String)> = sqlx::query_as(
                    r#"SELECT t.name, group_concat('quote("' || c.name || '")', ' || '','' || ')
                       FROM sqlite_master t, pragma_table_info(t.name) c
                       WHERE t.type = 'table' GROUP BY t.name"#,
                )
                .fetch_all(&mut database)
                .await
                .unwrap();
                for (table, columns) in columns {
                    let select = format!(r#"SELECT {columns} FROM "{table}" ORDER BY 1"#);
                    let select = sqlx::query_scalar(AssertSqlSafe(select));
                    let all: Vec<String> = select.fetch_all(&mut database).await.unwrap();
                    rows.insert(table, all);
                }
                database.close().await.unwrap();
            }
        }
        rows.retain(|table, _| !KEPT_BY_SERVERS.contains(&table.as_str()));
        Rows(rows)
    }

    /// Puts `secrets` into a table of the database as a careless server would, as bytes and, where
    /// they are, as text, so that a test can show that it would find them.
    pub async fn keep_in_the_clear(&self, secrets: &[Vec<u8>]) {
        let create = "CREATE TABLE kept (bytes BYTEA, text TEXT)";
        let insert = "INSERT INTO kept VALUES ($1, $2)";
        let text = |secret: &[u8]| String::from_utf8(secret.to_vec()).ok();
        match self.kind {
            StoreKind::Postgres => {
                let mut database = PgConnection::connect(&self.url).await.unwrap();
                database.execute(create).await.unwrap();
                for secret in secrets {
                    let row = sqlx::query(insert).bind(secret).bind(text(secret));
                    row.execute(&mut database).await.unwrap();
                }
                database.close().await.unwrap();
            }
            StoreKind::Sqlite => {
                let options: SqliteConnectOptions = self.url.parse().unwrap();
                let mut database = options.create_if_missing(true).connect().await.unwrap();
                database.execute(create).await.unwrap();
                for secret in secrets {
                    let row = sqlx::query(insert).bind(secret).bind(text(secret));
                    row.execute(&mut database).await.unwrap();
                }
                database.close().await.unwrap();
            }
        }
    }

    /// The first column of what a query finds, for a look inside: text, in order.
    pub async fn ask(&self, query: &str) -> Vec<String> {
        match self.kind {
            StoreKind::Postgres => {
                let mut database = PgConnection::connect(&self.url).await.unwrap();
                let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
                query.fetch_all(&mut database).await.unwrap()
            }
            StoreKind::Sqlite => {
                let mut database = SqliteConnection::connect(&self.url).await.unwrap();
                let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
                query.fetch_all(&mut database).await.unwrap()
            }
        }
    }

    /// Drops what the template has made, so that there is what an operator begins with: an empty database on
    /// PostgreSQL, no file on SQLite.
    pub async fn drop_tables(&self) {
        match self.kind {
            StoreKind::Postgres => {
                let mut database = PgConnection::connect(&self.url).await.unwrap();
                let statement = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
                let statement = sqlx::raw_sql(statement).execute(&mut database);
                statement.await.unwrap();
            }
            StoreKind::Sqlite => std::fs::remove_file(self.directory().join("store.db")).unwrap(),
        }
    }

    /// Drops the database; the directory goes with the last handle.
    pub async fn remove(&self) {
        if self.kind == StoreKind::Postgres {
            postgres::drop_database(&self.url).await;
        }
    }
}
