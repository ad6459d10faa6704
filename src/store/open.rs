//! How a store is opened, and why that may fail.

use std::time::Duration;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Most connections to PostgreSQL that this process opens.
    pub max_connections: u32,
    /// How long a request waits for a connection before it fails.
    pub acquire_timeout: Duration,
    /// Prepared statements cached per connection; 0 behind a pooler that cannot track them.
    pub statement_cache: usize,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL's scheme names no store.
    #[error(
        "store.url must begin with `sqlite://` or `postgres://`, as in `sqlite:///var/lib/cognate/cognate.db` or `postgres://cognate@localhost/cognate`"
    )]
    Scheme,
    /// The directory of the SQLite file could not be created.
    #[error("cannot create the directory {path}: {source}")]
    Directory {
        /// The directory.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// None of the hosts accepts writes.
    #[error("cannot open the store: no host in store.url takes writes: {0}")]
    NoPrimary(String),
    /// The database did not answer, or refused.
    #[error("cannot open the store: {0}")]
    Database(#[from] sqlx::Error),
    /// Another process has the SQLite file open.
    #[error(
        "another process has the store {path} open; SQLite is for one server, several share PostgreSQL"
    )]
    InUse {
        /// The database's file.
        path: String,
    },
    /// A newer version has migrated the store to something that this one cannot work on.
    #[error(
        "cannot open the store: a newer Cognate has migrated it, and this one knows the migrations up to {known}, where {needed} is needed"
    )]
    Newer {
        /// The newest migration of this version.
        known: i64,
        /// The one that a version must know.
        needed: i64,
    },
    /// A migration failed; the store is as it was before it.
    #[error("cannot migrate the store: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}
