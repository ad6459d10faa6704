//! Storage: one file per aggregate, with its SQL, its rows and their conversion into domain types.
//!
//! Every statement runs unchanged on PostgreSQL and on SQLite (see [`statement`]), except one that reads
//! for several callers on PostgreSQL ([`session_user_rows`]), one that locks a row there ([`users::hold`]), and those
//! that ask for the schema ([`table_rows`]). A state change is a single conditional
//! statement that reports whether it took effect; a unique index decides a race, never a read before a
//! write. The store contains no rules.

pub mod access_keys;
pub mod aliases;
pub mod attempt_log;
pub mod attempts;
pub mod auth_events;
pub mod authorization_codes;
pub mod browser_sessions;
pub mod challenges;
pub mod codes;
mod conn;
mod connection_loss;
pub mod creation_order;
pub mod custom_challenges;
mod db;
pub mod devices;
pub mod expiry;
pub mod free_space;
pub mod groups;
mod hosts;
pub mod identity_links;
pub mod identity_providers;
pub mod imported_token_keys;
pub mod job_leases;
pub mod known_devices;
pub mod log_deliveries;
pub mod managed_login_brandings;
pub mod master_key_check;
pub mod master_keys;
mod open;
pub mod outbox;
pub mod passkey_registrations;
pub mod passkeys;
pub mod passwordless_users;
pub mod pool;
mod primary;
mod private_files;
mod read_batcher;
mod read_cache;
pub mod refresh_tokens;
pub mod resource_servers;
pub mod risk_configurations;
pub mod saml_keys;
pub mod sealed_credentials;
pub mod sealed_values;
mod session_user_rows;
pub mod session_users;
pub mod sessions;
pub mod sign_in;
pub mod signing_keys;
pub mod simulated_codes;
pub mod software_tokens;
pub mod sqlite_backup;
mod sqlite_location;
mod sqlite_process_lock;
mod statement;
pub mod table_rows;
pub mod terms;
pub mod tracked_sessions;
pub mod ui_customizations;
pub mod unconfirmed_users;
pub mod usage_counts;
pub mod user_import_files;
pub mod user_import_jobs;
pub mod user_list;
pub mod user_pool_clients;
pub mod user_pool_domains;
pub mod user_pools;
pub mod users;

pub use conn::{Conn, Tx};
pub use db::Db;
pub use open::{OpenError, OpenOptions};
pub use primary::Primary;
pub use private_files::NewFile;
pub use sqlite_location::{command_socket, is_of_store, is_socket_path};

/// Why a statement failed. Whether a statement *took effect* is in its return value instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer, or refused.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// No connection became free in time.
    #[error("no connection to the database became free in time")]
    NoFreeConnection,
    /// The row that the statement refers to was deleted meanwhile, or PostgreSQL ended the transaction in
    /// favour of another. Nothing was written; the caller may read again and retry.
    #[error("another transaction came first")]
    Conflict,
    /// A stored document does not have the form that this version writes.
    #[error("stored document of {table} is not readable: {source}")]
    Document {
        /// The table it is in.
        table: &'static str,
        /// The parser's error, which never quotes the document.
        source: serde_json::Error,
    },
    /// A stored word that this version does not know.
    #[error("unknown {column} in the store")]
    UnknownValue {
        /// The column it is in.
        column: &'static str,
    },
}

impl Error {
    /// Whether a row was refused since another one has its place.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.is_unique_violation(),
            Self::Database(_)
            | Self::NoFreeConnection
            | Self::Conflict
            | Self::Document { .. }
            | Self::UnknownValue { .. } => false,
        }
    }
}

impl From<sqlx::Error> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sqlx's errors are not ours to list, and more may come"
    )]
    fn from(error: sqlx::Error) -> Self {
        /// PostgreSQL's codes for a serialization failure and a deadlock.
        const RETRYABLE: [&str; 2] = ["40001", "40P01"];
        connection_loss::observe_error(&error);
        match &error {
            sqlx::Error::PoolTimedOut => Self::NoFreeConnection,
            sqlx::Error::Database(database)
                if database.is_foreign_key_violation()
                    || database
                        .code()
                        .is_some_and(|code| RETRYABLE.contains(&&*code)) =>
            {
                Self::Conflict
            }
            _ => Self::Database(error),
        }
    }
}

/// Result of a store call.
pub type Result<T> = std::result::Result<T, Error>;

/// Parses a JSON document of `table`.
fn from_json<T: serde::de::DeserializeOwned>(table: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| Error::Document { table, source })
}

/// The JSON document that is stored in `table` for `value`.
fn to_json<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::Document { table, source })
}
