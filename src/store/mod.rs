//! Storage: one file per aggregate with its SQL, its rows and their way into domain types.
//!
//! Every statement runs unchanged on PostgreSQL and on SQLite (see [`db`]), but for one that reads for
//! several callers on PostgreSQL ([`session_users`]). State changes are single conditional statements
//! that report whether they took effect; the unique index decides a race, never a read before a write.
//! No policy lives here.

pub mod aliases;
pub mod attempts;
pub mod codes;
mod conn;
pub mod db;
pub mod groups;
mod hosts;
pub mod key_check;
mod lost;
pub mod outbox;
mod own;
pub mod pool;
mod primary;
mod recent;
pub mod refresh_tokens;
pub mod session_users;
pub mod sessions;
pub mod sign_in;
pub mod signing_keys;
mod together;
pub mod user_list;
pub mod user_pool_clients;
pub mod user_pools;
pub mod users;

pub use conn::{Conn, Tx};
pub use db::{Db, OpenError, OpenOptions};
pub use primary::Primary;

/// What a statement may fail with. Whether it *took effect* is in its return value instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer, or refused.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// No connection became free in time.
    #[error("no connection to the database became free in time")]
    Exhausted,
    /// What the row belongs to was deleted meanwhile, or another transaction had to be let through
    /// first. Nothing was done; the caller may read again and retry.
    #[error("another transaction came first")]
    Overtaken,
    /// A stored document does not have the shape that this version writes.
    #[error("stored document of {table} is not readable: {source}")]
    Document {
        /// The table it lies in.
        table: &'static str,
        /// What the parser said; it never quotes the document.
        source: serde_json::Error,
    },
    /// A stored word that this version does not know.
    #[error("unknown {column} in the store")]
    Word {
        /// The column it lies in.
        column: &'static str,
    },
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        /// Serialization failure and deadlock, as PostgreSQL numbers them.
        const LET_THROUGH: [&str; 2] = ["40001", "40P01"];
        lost::note(&error);
        match &error {
            sqlx::Error::PoolTimedOut => Self::Exhausted,
            sqlx::Error::Database(database)
                if database.is_foreign_key_violation()
                    || database
                        .code()
                        .is_some_and(|code| LET_THROUGH.contains(&&*code)) =>
            {
                Self::Overtaken
            }
            _ => Self::Database(error),
        }
    }
}

/// Result of a store call.
pub type Result<T> = std::result::Result<T, Error>;

fn document<T: serde::de::DeserializeOwned>(table: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| Error::Document { table, source })
}

fn text_of<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::Document { table, source })
}
