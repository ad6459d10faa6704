//! An empty database of its own for each test.

use std::path::PathBuf;
use std::sync::Arc;

use super::postgres;

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

impl TestStore {
    /// Makes the directory and, on PostgreSQL, clones the migrated template.
    pub async fn new(kind: StoreKind) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("cognate-test-")
            .tempdir()
            .unwrap();
        let url = match kind {
            StoreKind::Sqlite => {
                format!("sqlite://{}", directory.path().join("store.db").display())
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

    /// Everything the database holds, as a thief of a dump would have it: the bytes of the SQLite
    /// file with its log, or each row of each table of PostgreSQL as text.
    pub async fn dump(&self) -> Vec<u8> {
        match self.kind {
            StoreKind::Postgres => postgres::dump(&self.url).await,
            StoreKind::Sqlite => {
                let mut bytes = Vec::new();
                for suffix in ["", "-wal"] {
                    let path = self.directory.path().join(format!("store.db{suffix}"));
                    bytes.extend(std::fs::read(path).unwrap_or_default());
                }
                assert!(!bytes.is_empty(), "there is no SQLite file to dump");
                bytes
            }
        }
    }

    /// Drops the database; the directory goes with the last handle.
    pub async fn remove(&self) {
        if self.kind == StoreKind::Postgres {
            postgres::drop_database(&self.url).await;
        }
    }
}
