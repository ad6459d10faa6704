//! The PostgreSQL that all tests of a run share, and a database of its own for each.
//!
//! The server comes from `COGNATE_TEST_POSTGRES_URL`, which `./test` and nextest's setup script
//! set; else `tests/postgres-cluster`, which finds a Docker engine or the machine's programs, starts
//! one that ends with this process.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

const URL_VARIABLE: &str = "COGNATE_TEST_POSTGRES_URL";
/// Advisory lock under which the template is made; any number that nobody else uses.
const TEMPLATE_LOCK: i64 = 0x0043_4f47_4e41_5445;
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");

/// A new database, cloned from the migrated template. Returns its URL.
pub async fn new_database() -> String {
    let mut server = connect(server_url()).await;
    let template = template(&mut server).await;
    let name = format!("cognate_test_{}", unique());
    // Cloning waits up to five seconds for others who are connected to the template, and nobody is.
    execute(
        &mut server,
        format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#),
    )
    .await;
    server.close().await.unwrap();
    with_database(server_url(), &name)
}

/// Drops the database at `url` under the feet of whoever still uses it. Best effort: what is left
/// over goes with the server.
pub async fn drop_database(url: &str) {
    let Some(name) = options(url).get_database().map(str::to_owned) else {
        return;
    };
    if let Ok(mut server) = options(server_url()).connect().await {
        let statement = format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#);
        let _ = server.execute(AssertSqlSafe(statement)).await;
    }
}

/// Every value of every table of the database at `url`, byte for byte: bytes as the bytes they are
/// and not as PostgreSQL writes them, everything else as text.
pub async fn dump(url: &str) -> Vec<u8> {
    let mut database = connect(url).await;
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT quote_ident(c.table_schema) || '.' || quote_ident(c.table_name),
                quote_ident(c.column_name), c.data_type = 'bytea'
         FROM information_schema.columns c
         JOIN pg_tables t ON t.schemaname = c.table_schema AND t.tablename = c.table_name
         WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    let mut bytes = Vec::new();
    for (table, column, is_binary) in columns {
        let value = if is_binary {
            column.clone()
        } else {
            format!("convert_to({column}::text, 'UTF8')")
        };
        let select = format!("SELECT {value} FROM {table} WHERE {column} IS NOT NULL");
        let rows = sqlx::query(AssertSqlSafe(select))
            .fetch_all(&mut database)
            .await
            .unwrap();
        bytes.extend(format!("-- {table}.{column}\n").into_bytes());
        for row in rows {
            bytes.extend(row.get::<Vec<u8>, _>(0));
            bytes.push(b'\n');
        }
    }
    bytes
}

/// The shared server's URL, starting the server if nobody has.
fn server_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| match std::env::var(URL_VARIABLE) {
        Ok(url) if !url.is_empty() => url,
        _ => start(),
    })
}

fn start() -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    // The environment that `./test` makes knows testcontainers; any Python will do for the rest.
    let python = tests.join(".venv/bin/python");
    let python = if python.exists() {
        python
    } else {
        "python3".into()
    };
    let answer = Command::new(&python)
        .arg(tests.join("postgres-cluster"))
        .args(["start", "--watch", &std::process::id().to_string()])
        .output()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
    assert!(
        answer.status.success(),
        "{}",
        String::from_utf8_lossy(&answer.stderr)
    );
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

/// The name of the migrated template, made by whichever test comes first. It bears a fingerprint of
/// the migrations, so that a server which outlives the run does not serve stale tables.
async fn template(server: &mut PgConnection) -> String {
    let name = format!("cognate_template_{}", fingerprint());
    if is_ready(server, &name).await {
        return name;
    }
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *server)
        .await
        .unwrap();
    if !is_ready(server, &name).await {
        // Somebody may have been killed half way.
        execute(
            server,
            format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#),
        )
        .await;
        execute(server, format!(r#"CREATE DATABASE "{name}""#)).await;
        let mut database = connect(&with_database(server_url(), &name)).await;
        Migrator::new(Path::new(MIGRATIONS))
            .await
            .expect("the migrations can be read")
            .run(&mut database)
            .await
            .expect("the migrations run on an empty database");
        database.close().await.unwrap();
        execute(
            server,
            format!(r#"ALTER DATABASE "{name}" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"#),
        )
        .await;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *server)
        .await
        .unwrap();
    name
}

/// Whether the template is there and complete: it is marked as one last of all.
async fn is_ready(server: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)",
    )
    .bind(name)
    .fetch_one(server)
    .await
    .unwrap()
}

fn fingerprint() -> String {
    let mut files: Vec<_> = std::fs::read_dir(MIGRATIONS)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for file in files {
        digest.update(file.file_name().unwrap().as_encoded_bytes());
        digest.update(&std::fs::read(&file).unwrap());
    }
    hex::encode(&digest.finish().as_ref()[..8])
}

/// A name that no other test process uses.
fn unique() -> String {
    let mut bytes = [0; 10];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    hex::encode(bytes)
}

fn options(url: &str) -> PgConnectOptions {
    url.parse().expect("a PostgreSQL URL")
}

/// `url` with another database; query parameters stay.
fn with_database(url: &str, name: &str) -> String {
    let mut url = reqwest::Url::parse(url).expect("a PostgreSQL URL");
    url.set_path(name);
    url.to_string()
}

async fn connect(url: &str) -> PgConnection {
    options(url)
        .connect()
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL does not answer: {error}"))
}

async fn execute(server: &mut PgConnection, statement: String) {
    server
        .execute(AssertSqlSafe(statement.clone()))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
