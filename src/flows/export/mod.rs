//! User pools as a file: written from one store and read into another, for backups and for moves between servers.
//!
//! An export is a list of lines of JSON ([`document`]): a head, the rows of each table, and an end. What the store holds
//! sealed is opened for it, so it is only ever written sealed as a whole (`crypto::export_file`), and the target seals
//! it anew ([`secrets`]). Reading and writing are each one transaction: an export shows one moment, and an import
//! happens or does not (ADR 44).

pub mod document;
mod exporter;
mod importer;
mod secrets;
pub mod tables;

pub use exporter::{ExportOutput, Exported, Selection, export};
pub use importer::{ImportInput, Imported, import};

use crate::crypto::{CryptoError, PasswordPepper, Vault};
use crate::domain::time::Timestamp;
use crate::flows::master_key_check;
use crate::store::{self, Conn, Db, table_rows};

/// A store with what opens and seals its secrets: what an export is read from, or an import written to.
#[derive(Clone, Copy)]
pub struct StoreAccess<'a> {
    /// The store.
    pub db: &'a Db,
    /// What seals and opens its secrets.
    pub vault: &'a Vault,
    /// What seals and opens its password hashes.
    pub pepper: &'a PasswordPepper,
    /// The time.
    pub now: Timestamp,
}

/// Why there is no export, or no import. Nothing has been written to the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A pool that is to be exported does not exist.
    #[error("there is no user pool {0}")]
    NoSuchPool(String),
    /// A pool that is to be imported is not in the file.
    #[error("the export has no user pool {0}")]
    NotInExport(String),
    /// A value of the store does not open.
    #[error(
        "a sealed value of {table} in {pool_id} does not open: it is damaged, or sealed under a master key that is \
         not configured (`cognate keys status`)"
    )]
    DoesNotOpen {
        /// The table that it is in.
        table: &'static str,
        /// The pool.
        pool_id: String,
    },
    /// What would be imported is there.
    #[error("{what} {id} is in this store already; nothing was imported")]
    Exists {
        /// What it is.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The store is not of this version.
    #[error(
        "the store's newest migration is {here}, and this program's is {known}: use the program that the store is of, \
         or bring the store up to date with `cognate migrate`"
    )]
    OtherVersion {
        /// The store's newest migration.
        here: i64,
        /// The program's.
        known: i64,
    },
    /// The file was written by another schema.
    #[error(
        "the export was made by a Cognate whose newest migration is {exported}, and this store's is {here}: bring \
         both to the same version first (docs/moving.md)"
    )]
    OtherSchema {
        /// The newest migration of the source.
        exported: i64,
        /// That of this store.
        here: i64,
    },
    /// A row of the file has the place of another one.
    #[error(
        "what is imported came into this store meanwhile, or is in the export twice; nothing was imported"
    )]
    Taken,
    /// Fewer rows were found by the order of a primary key than were counted.
    #[error(
        "fewer rows were read than counted, so that an index of the store may be damaged; the export is not whole"
    )]
    RowsMissing,
    /// The store was written under another master key.
    #[error(transparent)]
    MasterKey(#[from] master_key_check::Error),
    /// The file does not say what an export says.
    #[error("the export is damaged: {0}")]
    Damaged(&'static str),
    /// A column whose values are bytes is neither known to be sealed nor to be readable.
    #[error("this version does not know how to export {table}.{column}")]
    UnknownColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// What an export goes to, or comes from, failed.
    #[error("{0}")]
    Interrupted(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] CryptoError),
}

/// Result of an export or import.
pub type Result<T> = std::result::Result<T, Error>;

/// Refuses a store that this version does not know, before anything else of it is read.
///
/// # Errors
/// [`Error::OtherVersion`], or if the store fails.
pub async fn check_version(db: &Db) -> Result<()> {
    migration(db, &mut db.read().await?).await.map(drop)
}

/// The store's newest migration, which is also this version's: of a newer store, this version does not know all tables.
async fn migration(db: &Db, conn: &mut Conn) -> Result<i64> {
    let here = table_rows::newest_migration(conn)
        .await?
        .unwrap_or_default();
    let known = db.newest_known_migration();
    if here != known {
        return Err(Error::OtherVersion { here, known });
    }
    Ok(here)
}
