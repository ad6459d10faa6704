//! The lock that gives a SQLite file to one server process.
//!
//! SQLite itself lets several processes write to a file. This server caches what it has read from the
//! file ([`super::read_cache`]), which is only correct while no other process writes to it.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::open::OpenError;
use super::private_files;

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
        // Two paths may lead to the same file by a link; they have to lead to the same lock file.
        let database =
            std::fs::canonicalize(&self.database).unwrap_or_else(|_| self.database.clone());
        let mut path = database.into_os_string();
        path.push(".lock");
        let file = private_files::create(path.as_ref()).map_err(sqlx::Error::Io)?;
        let attempts = async {
            while let Err(refused) = file.try_lock() {
                match refused {
                    TryLockError::WouldBlock => tokio::time::sleep(RETRY_PAUSE).await,
                    TryLockError::Error(error) => return Err(sqlx::Error::Io(error)),
                }
            }
            Ok(())
        };
        match tokio::time::timeout(self.timeout, attempts).await {
            Ok(locked) => locked?,
            Err(_) => {
                return Err(OpenError::InUse {
                    path: self.database.display().to_string(),
                });
            }
        }
        *self
            .lock_file
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
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
