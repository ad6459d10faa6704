//! `[passwords]`: the cost of hashing a password.

use serde::{Deserialize, Serialize};

/// Parameters of Argon2id and of the threads that run it. A hash made under other parameters is
/// replaced at the user's next sign-in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordsConfig {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes of one hash.
    pub parallelism: u32,
    /// Permits production parameters below OWASP's floor.
    pub accept_weak_argon2: bool,
    /// Hashes computed at once. Absent: one per core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,
    /// Hashes that may wait for a worker; further requests are answered TooManyRequestsException.
    pub queue: usize,
}

impl Default for PasswordsConfig {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            accept_weak_argon2: false,
            workers: None,
            queue: 256,
        }
    }
}

impl PasswordsConfig {
    /// The configured number of workers, or one per core.
    #[must_use]
    pub fn effective_workers(&self) -> usize {
        self.workers.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        })
    }
}
