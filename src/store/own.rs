//! A SQLite file belongs to one process, and what it may remember therefore.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::OpenError;
use super::recent::{Recent, Writes};
use super::session_users::SessionUser;

/// Between two attempts to get the lock of a SQLite file that another process holds.
const CLAIM_PAUSE: Duration = Duration::from_millis(20);

/// What makes a SQLite file one process's, and what follows from it.
#[derive(Debug)]
pub struct Own {
    file: PathBuf,
    patience: Duration,
    /// Locked while it is open.
    lock: Mutex<Option<File>>,
    /// Counts the writes.
    pub(super) writes: Writes,
    /// What was read of sessions since the last of them.
    pub(super) sessions: Recent<SessionUser>,
}

impl Own {
    /// The file, which is nobody's yet; a former owner is waited for so long.
    pub(super) fn new(file: PathBuf, patience: Duration) -> Self {
        let writes = Writes::default();
        Self {
            file,
            patience,
            lock: Mutex::new(None),
            sessions: Recent::new(writes.clone()),
            writes,
        }
    }

    /// Makes it this process's.
    ///
    /// # Errors
    /// [`OpenError::InUse`] if another process keeps it.
    pub(super) async fn claim(&self) -> Result<(), OpenError> {
        // Whichever name leads to the file, the lock is the same.
        let file = std::fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone());
        let mut path = file.into_os_string();
        path.push(".lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(sqlx::Error::Io)?;
        let attempts = async {
            while let Err(refused) = lock.try_lock() {
                match refused {
                    TryLockError::WouldBlock => tokio::time::sleep(CLAIM_PAUSE).await,
                    TryLockError::Error(error) => return Err(sqlx::Error::Io(error)),
                }
            }
            Ok(())
        };
        match tokio::time::timeout(self.patience, attempts).await {
            Ok(claimed) => claimed?,
            Err(_) => {
                return Err(OpenError::InUse {
                    path: self.file.display().to_string(),
                });
            }
        }
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
        Ok(())
    }

    /// Whether it is this process's.
    pub(super) fn is_claimed(&self) -> bool {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.is_some()
    }

    /// Lets the next process have it.
    pub(super) fn give_up(&self) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        *lock = None;
    }
}
