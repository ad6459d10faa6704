//! `docs/backup.md` done: a copy is made while the server writes, and restored it serves again.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::support::store::StoreKind;
use crate::support::users::{assert_unknown, confirmed_user};
use crate::support::{AppClient, ServerProcess, TestStore, postgres};

const WRITERS: usize = 4;

/// Users that sign up, as fast as they can, until it is stopped.
struct Load {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(app: &AppClient) -> Self {
        let (stop, written) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let (stop, written) = (Arc::clone(&stop), Arc::clone(&written));
            writers.push(tokio::spawn(sign_up(app.clone(), writer, stop, written)));
        }
        Self {
            stop,
            written,
            writers,
        }
    }

    fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }

    async fn wait_for(&self, more: usize) {
        let wanted = self.written() + more;
        while self.written() < wanted {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        for writer in self.writers {
            writer.await.unwrap();
        }
        self.written.load(Ordering::SeqCst)
    }
}

async fn sign_up(app: AppClient, writer: usize, stop: Arc<AtomicBool>, written: Arc<AtomicUsize>) {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        let name = format!("load-{writer}-{number}");
        app.sign_up(&name, json!({})).await.ok();
        written.fetch_add(1, Ordering::SeqCst);
        number += 1;
    }
}

fn backup(store: &TestStore, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cognate"))
        .arg("backup")
        .args(arguments)
        .env_clear()
        .env("COGNATE__STORE__URL", &store.url)
        .env("COGNATE__STORE__DATA_DIR", store.directory().join("data"))
        .current_dir(store.directory())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A program of PostgreSQL's, from the path or from Debian's place for it.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    std::env::split_paths(&path)
        .chain(debian)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("{name} is needed (Debian: postgresql-client)"))
}

fn run(name: &str, arguments: &[&str]) {
    let output = Command::new(program(name))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {}", text(&output.stderr));
}

/// Makes the copy as the page says.
fn copy(store: &TestStore, to: &Path) {
    let to = to.to_str().unwrap();
    match store.kind {
        StoreKind::Sqlite => {
            let output = backup(store, &["--to", to]);
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert!(text(&output.stdout).contains(" bytes in "), "{output:?}");
        }
        StoreKind::Postgres => {
            run("pg_dump", &["--format=custom", "--file", to, &store.url]);
        }
    }
}

/// Restores the copy into a store that never served, as the page says.
async fn restore(store: &TestStore, copy: &Path) -> TestStore {
    let restored = TestStore::new(store.kind).await;
    match store.kind {
        StoreKind::Sqlite => {
            let file = restored.directory().join("store.db");
            std::fs::copy(copy, file).unwrap();
        }
        StoreKind::Postgres => {
            let copy = copy.to_str().unwrap();
            let clean = ["--clean", "--if-exists", "--no-owner", "--exit-on-error"];
            run(
                "pg_restore",
                &[clean.as_slice(), &["--dbname", &restored.url, copy]].concat(),
            );
        }
    }
    // The master key comes from its own copy.
    std::fs::create_dir_all(restored.directory().join("data")).unwrap();
    std::fs::copy(
        store.directory().join("data/master.key"),
        restored.directory().join("data/master.key"),
    )
    .unwrap();
    restored
}

async fn open(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .connect()
        .await
        .unwrap()
}

/// Whoever was acknowledged before the copy began is in it and signs in; the server serves on.
async fn copy_and_restore(store: TestStore) {
    let server = ServerProcess::start(&store, &[]).await;
    let pool = server.pool(json!({})).await;
    let app = pool.client(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    let tokens = app.sign_in("ada").await;
    let load = Load::start(&app);
    load.wait_for(20).await;
    let before = load.written();
    let target = server.store.directory().join("copy");
    let (source, to) = (store.clone(), target.clone());
    let copying = tokio::task::spawn_blocking(move || copy(&source, &to));
    copying.await.unwrap();
    // Writes went on, and still do.
    load.wait_for(20).await;
    let after = load.end().await;
    assert!(after > before);
    confirmed_user(&pool, "later", json!({})).await;
    let restored = restore(&server.store, &target).await;
    server.stop().await;

    // On the same port, so that the application goes on as if nothing had happened.
    let data = restored.directory().join("data");
    server.set("COGNATE__STORE__URL", &restored.url);
    server.set("COGNATE__STORE__DATA_DIR", data.to_str().unwrap());
    server.restart().await;
    assert_unknown(&pool, "later").await;
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    let users = described["UserPool"]["EstimatedNumberOfUsers"]
        .as_u64()
        .unwrap();
    // Ada, and those of the load.
    assert!(users > before as u64, "{users} of {before}");
    app.sign_in("ada").await;
    // A session that was open at the time of the copy is open again.
    app.with_token("GetUser", &tokens.access, json!({}))
        .await
        .ok();
    app.refresh(&tokens.refresh).await.ok();
    drop(server);
    if store.kind == StoreKind::Postgres {
        postgres::drop_database(&store.url).await;
        postgres::drop_database(&restored.url).await;
    }
}

mod a_copy_made_under_load_is_restored {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sqlite() {
        copy_and_restore(TestStore::new(StoreKind::Sqlite).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres() {
        copy_and_restore(TestStore::new(StoreKind::Postgres).await).await;
    }
}

/// What stands in the way of a copy is told, and leaves what is there as it is.
#[tokio::test]
async fn a_copy_is_private_checked_and_replaces_nothing_unasked() {
    let store = TestStore::new(StoreKind::Sqlite).await;
    let server = ServerProcess::start(&store, &[]).await;
    let target = store.directory().join("copy");
    let to = target.to_str().unwrap();
    std::fs::write(&target, "something else").unwrap();
    let refused = backup(&store, &["--to", to]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("exists; --force replaces it"),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&target).unwrap(), b"something else");
    let replaced = backup(&store, &["--to", to, "--force"]);
    assert!(replaced.status.success(), "{replaced:?}");
    let mode = std::fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut copy = open(&target).await;
    let checked: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut copy)
        .await
        .unwrap();
    assert_eq!(checked, "ok");
    copy.close().await.unwrap();

    // The store itself is never the target.
    let own = store.directory().join("store.db");
    let refused = backup(&store, &["--to", own.to_str().unwrap(), "--force"]);
    assert!(
        text(&refused.stderr).contains("a file of the store itself"),
        "{refused:?}"
    );
    let refused = backup(&store, &["--to", "/nowhere/copy"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("cannot write"),
        "{refused:?}"
    );
    let left = std::fs::read_dir(store.directory()).unwrap();
    let parts = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".part")
    });
    assert_eq!(parts.count(), 0);
    server.kill();
}

/// PostgreSQL has its own tools, which the refusal names.
#[tokio::test]
async fn a_postgres_store_is_not_copied_by_the_program() {
    let store = TestStore::new(StoreKind::Postgres).await;
    let refused = backup(&store, &["--to", "copy"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("pg_dump"), "{refused:?}");
    postgres::drop_database(&store.url).await;
}
