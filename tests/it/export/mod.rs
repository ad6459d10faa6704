//! User pools as a file: `cognate export` and `cognate import` (docs/moving.md).

/// Runs on both kinds of store. Unlike `both_stores!`, what it runs may hold a second store's connections.
macro_rules! from_both_stores {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::StoreKind;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(StoreKind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(StoreKind::Postgres).await;
            }
        }
    )+};
}

mod moved;
mod refusals;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cognate::crypto::MasterKey;
use cognate::crypto::export_file::{OpeningReader, SealingWriter};
use cognate::entropy::Entropy;
use serde_json::Value;

use crate::support::TestStore;

/// The key that exports are sealed under.
const KEY: &str = "9f3b0c5e71d2a846e5f7081c2d3b4a596877e6f5d4c3b2a1908f7e6d5c4b3a29";

/// What a command of the binary said.
struct Said {
    status: i32,
    out: String,
    error: String,
}

impl Said {
    /// What it printed, if it ended well.
    #[track_caller]
    fn well(self) -> String {
        assert_eq!(self.status, 0, "{}", self.error);
        self.out
    }

    /// Asserts that it ended with 1, and that this is part of what it said.
    #[track_caller]
    fn refused(&self, text: &str) {
        assert_eq!(self.status, 1, "{} {}", self.out, self.error);
        assert!(self.error.contains(text), "{}", self.error);
        assert!(!self.error.contains(KEY), "{}", self.error);
    }
}

/// Runs `cognate …` on the store, beside whatever server has it.
fn cognate(store: &TestStore, arguments: &[&str]) -> impl Future<Output = Said> + Send + use<> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command
        .args(arguments)
        .current_dir(store.directory())
        .env_clear()
        .env("COGNATE__STORE__URL", &store.url)
        .env("COGNATE__STORE__DATA_DIR", store.directory().join("data"));
    async move {
        let run = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output: Output = run.await.unwrap();
        Said {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The file with the key, in the store's directory.
fn key_file(store: &TestStore) -> String {
    let path = store.directory().join("export.key");
    std::fs::write(&path, KEY).unwrap();
    path.display().to_string()
}

/// A name for a file in the store's directory.
fn file(store: &TestStore, name: &str) -> PathBuf {
    store.directory().join(name)
}

/// Runs `cognate export` with the key, to the file.
fn export(
    store: &TestStore,
    to: &Path,
    what: &[&str],
) -> impl Future<Output = Said> + Send + use<> {
    let key = key_file(store);
    let to = to.to_str().unwrap();
    let arguments = [&["export", "--to", to, "--key-file", &key], what].concat();
    cognate(store, &arguments)
}

/// Runs `cognate import` with the key, from the file.
fn import(
    store: &TestStore,
    from: &Path,
    what: &[&str],
) -> impl Future<Output = Said> + Send + use<> {
    let key = key_file(store);
    let from = from.to_str().unwrap();
    let arguments = [&["import", "--from", from, "--key-file", &key], what].concat();
    cognate(store, &arguments)
}

fn master_key() -> MasterKey {
    let bytes: [u8; 32] = hex::decode(KEY).unwrap().try_into().unwrap();
    MasterKey::from_bytes(bytes)
}

/// The lines of an export.
fn lines(file: &Path) -> Vec<Value> {
    let reader = OpeningReader::new(File::open(file).unwrap(), &master_key()).unwrap();
    let lines = BufReader::new(reader).lines();
    lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// Writes an export of these lines.
fn write_lines(file: &Path, lines: &[Value]) {
    let mut writer =
        SealingWriter::new(File::create(file).unwrap(), &master_key(), Entropy).unwrap();
    for line in lines {
        writeln!(writer, "{line}").unwrap();
    }
    writer.finish().unwrap();
}

/// The rows of an export by table, each as an object.
fn rows(lines: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line["line"] == "rows") {
        let columns: Vec<&str> = line["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column.as_str().unwrap())
            .collect();
        let table = tables.entry(line["table"].as_str().unwrap().to_owned());
        let table = table.or_default();
        for row in line["rows"].as_array().unwrap() {
            let values = columns.iter().zip(row.as_array().unwrap());
            let row: BTreeMap<&str, &Value> =
                values.map(|(column, value)| (*column, value)).collect();
            table.insert(serde_json::to_string(&row).unwrap());
        }
    }
    tables
}
