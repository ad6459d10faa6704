//! The store's schema: made once whoever comes first, and the same on both stores.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

use crate::support::{ServerProcess, StoreKind, TestStore, both_stores, several_nodes};

const NODES: usize = 4;

/// A column: table, name, and whether it may be null.
type Column = (String, String, bool);

/// Runs `cognate migrate` to its end.
fn migrate(store: &TestStore) -> std::process::Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_cognate"))
        .arg("migrate")
        .env("COGNATE__STORE__URL", &store.url)
        .env("COGNATE__STORE__DATA_DIR", store.directory().join("data"))
        .current_dir(store.directory())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

#[track_caller]
fn assert_success(output: &Output) {
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {log}", output.status);
}

/// Every column of every table, but for the list of migrations.
async fn columns(store: &TestStore) -> BTreeSet<Column> {
    let mut columns = BTreeSet::new();
    match store.kind {
        StoreKind::Postgres => {
            let mut connection = PgConnection::connect(&store.url).await.unwrap();
            let rows = connection
                .fetch_all(
                    "SELECT table_name::text, column_name::text, is_nullable = 'YES'
                     FROM information_schema.columns WHERE table_schema = 'public'",
                )
                .await
                .unwrap();
            columns.extend(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))));
        }
        StoreKind::Sqlite => {
            let mut connection = SqliteConnection::connect(&store.url).await.unwrap();
            let rows = connection
                .fetch_all(
                    "SELECT t.name, c.name, NOT (c.\"notnull\" OR c.pk > 0)
                     FROM sqlite_master t, pragma_table_info(t.name) c
                     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
                )
                .await
                .unwrap();
            columns.extend(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))));
        }
    }
    columns.retain(|(table, _, _)| table != "_sqlx_migrations");
    columns
}

/// The list of migrations as it stands in the store.
async fn applied(store: &TestStore) -> Vec<(i64, String)> {
    let statement = "SELECT version, CAST(installed_on AS TEXT) FROM _sqlx_migrations ORDER BY 1";
    match store.kind {
        StoreKind::Postgres => {
            let mut connection = PgConnection::connect(&store.url).await.unwrap();
            let rows = connection
                .fetch_all(AssertSqlSafe(statement))
                .await
                .unwrap();
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
        StoreKind::Sqlite => {
            let mut connection = SqliteConnection::connect(&store.url).await.unwrap();
            let rows = connection
                .fetch_all(AssertSqlSafe(statement))
                .await
                .unwrap();
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
    }
}

/// The migrations of a folder, by their file names.
fn files(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Several servers that were started together on an empty database, and are ready.
async fn started_at_once(store: &TestStore) -> Vec<ServerProcess> {
    store.drop_tables().await;
    let nodes: Vec<_> = (0..NODES)
        .map(|_| ServerProcess::prepare(store, &[]))
        .collect();
    let mut starts = tokio::task::JoinSet::new();
    for node in nodes.clone() {
        starts.spawn(async move { node.restart().await });
    }
    starts.join_all().await;
    nodes
}

async fn pools(server: &ServerProcess) -> Vec<Value> {
    let list = server
        .admin
        .call("ListUserPools", json!({ "MaxResults": 60 }))
        .await
        .ok();
    list["UserPools"].as_array().unwrap().clone()
}

both_stores! {
    /// `cognate migrate` several times at once: all of them succeed, and each migration is applied
    /// once.
    async fn several_runs_of_migrate_all_succeed(store: TestStore) {
        store.drop_tables().await;
        let children: Vec<_> = (0..NODES).map(|_| migrate(&store)).collect();
        for child in children {
            assert_success(&child.wait_with_output().unwrap());
        }
        assert!(columns(&store).await.len() > 20);
        assert_eq!(applied(&store).await.len(), files("postgres").len());
    }

    /// A second run changes nothing.
    async fn migrating_twice_is_migrating_once(store: TestStore) {
        store.drop_tables().await;
        assert_success(&migrate(&store).wait_with_output().unwrap());
        let (before, list) = (columns(&store).await, applied(&store).await);
        assert_success(&migrate(&store).wait_with_output().unwrap());
        assert_eq!(columns(&store).await, before);
        assert_eq!(applied(&store).await, list);
    }

    /// A node works on a store that a newer version has migrated, until a version says that it cannot.
    async fn a_newer_schema_is_accepted_unless_it_says_otherwise(store: TestStore) {
        store.drop_tables().await;
        assert_success(&migrate(&store).wait_with_output().unwrap());
        let migrations = applied(&store).await;
        let (known, newest) = (migrations.len(), migrations.last().unwrap().0);
        let checksum = match store.kind {
            StoreKind::Postgres => r"'\x00'::bytea",
            StoreKind::Sqlite => "x'00'",
        };
        let migrated = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9000, 'of a later version', TRUE, {checksum}, 0) RETURNING description"
        );
        store.ask(&migrated).await;
        assert_success(&migrate(&store).wait_with_output().unwrap());
        assert_eq!(applied(&store).await.len(), known + 1);
        let node = ServerProcess::start(&store, &[]).await;
        let pool = node.pool(json!({})).await;
        node.kill();

        let raise = "UPDATE schema_compatibility SET needs_migration = 9000
                     RETURNING CAST(needs_migration AS TEXT)";
        store.ask(raise).await;
        let refused = migrate(&store).wait_with_output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr);
        let expected = format!(
            "a newer Cognate has migrated it, and this one knows the migrations up to {newest}, \
             where 9000 is needed"
        );
        assert!(said.contains(&expected), "{said}");
        assert!(!said.contains(&pool.id));
    }
}

several_nodes! {
    /// `cognate serve` on several nodes at once: all start, on the same data.
    async fn several_nodes_start_together_on_one_database(store: TestStore) {
        let nodes = started_at_once(&store).await;
        let first = pools(&nodes[0]).await;
        for node in &nodes {
            assert_eq!(pools(node).await, first);
        }
        // What one node does, the others know.
        let pool = nodes[0].pool(json!({})).await;
        for node in &nodes {
            let input = json!({ "UserPoolId": pool.id });
            node.admin.call("DescribeUserPool", input).await.ok();
            node.kill();
        }
    }

    /// The starter pool of the development profile is made once, however many nodes start.
    async fn the_first_start_makes_one_pool(store: TestStore) {
        let nodes = started_at_once(&store).await;
        let made = pools(&nodes[0]).await;
        assert_eq!(made.len(), 1, "{made:?}");
        // A second start on the same data makes no other.
        for node in &nodes {
            node.kill();
        }
        nodes[0].restart().await;
        assert_eq!(pools(&nodes[0]).await, made);
        nodes[0].kill();
    }
}

/// A second server on a SQLite file, by whatever path, says why it does not start, and the first
/// goes on; when that one is killed, the next starts at once. Another file in the same folder is
/// free.
#[test]
fn a_sqlite_file_belongs_to_one_server() {
    crate::support::fixture::run(StoreKind::Sqlite, |store: TestStore| async move {
        let first = ServerProcess::start(&store, &[]).await;
        let pool = first.pool(json!({})).await;
        let command = |url: &str, argument: &str| {
            std::process::Command::new(env!("CARGO_BIN_EXE_cognate"))
                .arg(argument)
                .env("COGNATE__STORE__URL", url)
                .env("COGNATE__STORE__ACQUIRE_TIMEOUT_SECONDS", "1")
                .env("COGNATE__STORE__DATA_DIR", store.directory().join("data"))
                .env("COGNATE__SERVER__LISTEN", "127.0.0.1:0")
                .output()
                .unwrap()
        };
        let file = store.url.strip_prefix("sqlite://").unwrap();
        let link = store.directory().join("link.db");
        std::os::unix::fs::symlink(file, &link).unwrap();
        for url in [store.url.clone(), format!("sqlite://{}", link.display())] {
            let second = command(&url, "serve");
            assert_eq!(second.status.code(), Some(1), "{url}");
            let said = String::from_utf8_lossy(&second.stderr);
            assert!(said.contains("another process has the store"), "{said}");
        }
        let neighbour = Path::new(file).with_extension("neighbour");
        let url = format!("sqlite://{}", neighbour.display());
        assert!(command(&url, "migrate").status.success());
        let input = json!({ "UserPoolId": pool.id });
        first
            .admin
            .call("DescribeUserPool", input.clone())
            .await
            .ok();
        first.kill();
        let next = ServerProcess::start(&store, &[]).await;
        next.admin.call("DescribeUserPool", input).await.ok();
        next.kill();
    });
}

/// What makes cargo rebuild when a migration is added, here and in the image. That the migrations
/// are built in is tested by [`several_runs_of_migrate_all_succeed`].
#[test]
fn a_new_migration_is_built_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = std::fs::read_to_string(root.join("build.rs")).unwrap();
    assert!(script.contains("cargo:rerun-if-changed=migrations"));
    let context = std::fs::read_to_string(root.join(".dockerignore")).unwrap();
    assert!(context.lines().any(|line| line == "!build.rs"));
}

/// The same migrations, and the same tables and columns after them.
#[tokio::test(flavor = "multi_thread")]
async fn both_stores_have_the_same_tables() {
    assert_eq!(files("postgres"), files("sqlite"));
    let sqlite = TestStore::new(StoreKind::Sqlite).await;
    let postgres = TestStore::new(StoreKind::Postgres).await;
    for store in [&sqlite, &postgres] {
        assert_success(&migrate(store).wait_with_output().unwrap());
    }
    let (on_sqlite, on_postgres) = (columns(&sqlite).await, columns(&postgres).await);
    postgres.remove().await;
    let only_one: Vec<_> = on_sqlite.symmetric_difference(&on_postgres).collect();
    assert_eq!(only_one, Vec::<&Column>::new());
    assert!(on_sqlite.iter().any(|(table, _, _)| table == "users"));
}
