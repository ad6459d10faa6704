//! A copy of a SQLite file while its server writes to it.
//!
//! The copy is made by another process, over a connection that only reads: the process lock
//! ([`super::sqlite_process_lock`]) is not taken, since nothing is written that the server would not know of.
//! `VACUUM INTO` reads one snapshot; the server goes on writing to the write-ahead log, which cannot be
//! shortened until the copy is done.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::private_files::NewFile;
use super::sqlite_location::is_of_store;

/// How long the copy waits for a lock that the server holds for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no copy. No part of one is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file already.
    #[error("{0} exists; --force replaces it")]
    Exists(PathBuf),
    /// The target is the store itself, or a file that belongs to it.
    #[error("{0} is a file of the store itself")]
    IsStore(PathBuf),
    /// The store cannot be read.
    #[error("cannot copy the store: {0}")]
    Copy(sqlx::Error),
    /// The copy does not pass SQLite's check.
    #[error("the copy is damaged, and so the store may be: {0}")]
    Damaged(String),
    /// The copy cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
}

/// Copies the SQLite store at `url` to the file `to`, which only its owner can open. The copy is checked,
/// and appears under its name as a whole or not at all. Returns its size in bytes.
///
/// # Errors
/// See [`BackupError`].
pub async fn backup(url: &str, to: &Path, force: bool) -> Result<u64, BackupError> {
    let source = SqliteConnectOptions::from_str(url).map_err(BackupError::Copy)?;
    if to.exists() {
        if !force {
            return Err(BackupError::Exists(to.to_owned()));
        }
        if is_of_store(url, to) {
            return Err(BackupError::IsStore(to.to_owned()));
        }
    }
    let failed = |source| BackupError::Write {
        path: to.to_owned(),
        source,
    };
    let file = NewFile::create(to).map_err(failed)?;
    copy(source, file.part()).await.map_err(BackupError::Copy)?;
    let faults = faults(file.part()).await.map_err(BackupError::Copy)?;
    if !faults.is_empty() {
        return Err(BackupError::Damaged(faults.join("; ")));
    }
    file.finish().map_err(failed)
}

async fn copy(source: SqliteConnectOptions, part: &Path) -> sqlx::Result<()> {
    let mut source = source
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await?;
    // A copy can give space back also where its original cannot.
    let mode: i64 = sqlx::query_scalar("PRAGMA auto_vacuum")
        .fetch_one(&mut source)
        .await?;
    if mode == 0 {
        sqlx::raw_sql("PRAGMA auto_vacuum = INCREMENTAL")
            .execute(&mut source)
            .await?;
    }
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(part.to_string_lossy().into_owned())
        .execute(&mut source)
        .await;
    source.close().await?;
    copied.map(|_| ())
}

/// What SQLite finds wrong with the file: broken pages and indexes, and rows whose parent is missing.
async fn faults(file: &Path) -> sqlx::Result<Vec<String>> {
    let mut copy: SqliteConnection = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .connect()
        .await?;
    let mut faults: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut copy)
        .await?;
    faults.retain(|fault| fault != "ok");
    let orphans: Vec<String> =
        sqlx::query_scalar(r#"SELECT DISTINCT "table" FROM pragma_foreign_key_check"#)
            .fetch_all(&mut copy)
            .await?;
    faults.extend(
        orphans
            .into_iter()
            .map(|table| format!("rows of {table} have no parent")),
    );
    copy.close().await?;
    Ok(faults)
}
