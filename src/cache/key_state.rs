//! What a node knows of the keys that all nodes share, as of a few seconds ago.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

/// The state of the keys.
#[derive(Debug, Default)]
pub struct KeyState {
    seals_password_hashes: AtomicBool,
    /// What is sealed under master keys that this node does not have, in words for the log.
    missing: Mutex<Option<String>>,
}

impl KeyState {
    /// Whether password hashes are written sealed.
    #[must_use]
    pub fn seals_password_hashes(&self) -> bool {
        self.seals_password_hashes.load(Ordering::Relaxed)
    }

    /// Has password hashes be written sealed from now on, or not.
    pub fn set_seals_password_hashes(&self, seals: bool) {
        self.seals_password_hashes.store(seals, Ordering::Relaxed);
    }

    /// Whether the database has nothing that needs a master key which this node does not have.
    #[must_use]
    pub fn has_every_master_key(&self) -> bool {
        self.lock().is_none()
    }

    /// Sets what is sealed under master keys that this node does not have. Returns whether that is new.
    pub fn set_missing(&self, missing: Option<String>) -> bool {
        let mut known = self.lock();
        let is_new = *known != missing;
        *known = missing;
        is_new
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
