//! The lock that gives a SQLite file to one server process.
//!
//! SQLite itself lets several processes write to a file. This server caches what it has read from the
//! file ([`super::read_cache`]), which is only correct while no other process writes to it.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::open::OpenError;
use super::private_files;
use super::sqlite_location::beside;

/// Pause between two attempts to take the lock while another process holds it.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// An advisory lock on `<database file>.lock`. The operating system releases it when the process ends.
#[derive(Debug)]
pub struct ProcessLock {
    database: PathBuf,
    timeout: Duration,
    /// Holds the lock as long as it is open.
    lock_file: Mutex<Option<File>>,
}

impl ProcessLock {
    /// A lock for the file `database`, not acquired yet. [`ProcessLock::acquire`] waits for `timeout`.
    pub(super) fn new(database: PathBuf, timeout: Duration) -> Self {
        Self {
            database,
            timeout,
            lock_file: Mutex::new(None),
        }
    }

    /// Takes the lock, waiting for another process to release it.
    ///
    /// # Errors
    /// [`OpenError::InUse`] if another process still holds it after the time-out.
    pub(super) async fn acquire(&self) -> Result<(), OpenError> {
        let attempts = async {
            while !self.try_acquire()? {
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            Ok(())
        };
        let in_use = |_| OpenError::InUse {
            path: self.database.display().to_string(),
        };
        let attempts = tokio::time::timeout(self.timeout, attempts).await;
        attempts.map_err(in_use)?
    }

    /// Takes the lock, unless another process holds it.
    ///
    /// # Errors
    /// If its file cannot be opened.
    pub(super) fn try_acquire(&self) -> Result<bool, OpenError> {
        let path = beside(&self.database, ".lock");
        let file = private_files::create_empty(&path).map_err(sqlx::Error::Io)?;
        give_to_owner_of(&self.database, &file);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(sqlx::Error::Io(error).into()),
        }
        *self
            .lock_file
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(true)
    }

    /// Whether this process holds the lock.
    pub(super) fn is_held(&self) -> bool {
        let lock_file = self
            .lock_file
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        lock_file.is_some()
    }

    /// Releases the lock.
    pub(super) fn release(&self) {
        let mut lock_file = self
            .lock_file
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *lock_file = None;
    }
}

/// Gives a file that root has made to the owner of the database, as SQLite does with its own files: a command that
/// root runs must not leave a lock that the server cannot open.
fn give_to_owner_of(database: &Path, file: &File) {
    let (Ok(database), Ok(made)) = (fs::metadata(database), file.metadata()) else {
        return;
    };
    if made.uid() == 0 && database.uid() != 0 {
        // Where this is not root, the file is not this process's to give.
        let _ = fchown(file, Some(database.uid()), Some(database.gid()));
    }
}
