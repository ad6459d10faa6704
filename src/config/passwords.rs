//! `[passwords]`: the cost of hashing a password, and which passwords are refused.

use std::path::PathBuf;

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
    /// Hashes that may wait for a worker, and as many SRP exchanges; further requests are answered
    /// TooManyRequestsException, those of whoever has most waiting first.
    pub queue: usize,
    /// The part of the queue, in percent, that callers who have proven something can count on, however
    /// much others ask for: administrators, app clients with a secret, users with an access token or a
    /// sealed Session.
    pub queue_for_known_percent: u8,
    /// The part of the queue, in percent, that the callers of one user pool can fill, those who have proven
    /// something and the others each.
    pub queue_of_pool_percent: u8,
    /// The part of the queue, in percent, that the callers from one source (an IPv4 address, the /64 of an
    /// IPv6 address) can fill in a user pool.
    pub queue_of_source_percent: u8,
    /// Whether new passwords that are known are refused: those of the built-in list, and of `known_list`.
    pub refuse_known: bool,
    /// A file that `cognate passwords build-list` made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_list: Option<PathBuf>,
}

/// What a user pool sets instead of [`PasswordsConfig`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordsOverrides {
    /// `passwords.refuse_known` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_known: Option<bool>,
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
            refuse_known: false,
            known_list: None,
            queue_for_known_percent: 25,
            queue_of_pool_percent: 50,
            queue_of_source_percent: 25,
        }
    }
}

impl PasswordsConfig {
    /// So many of the places in the queue, at least one where there are any.
    #[must_use]
    pub fn queue_part(&self, percent: u8) -> usize {
        self.queue.saturating_mul(percent.into()).div_ceil(100)
    }

    /// The configured number of workers, or one per core.
    #[must_use]
    pub fn effective_workers(&self) -> usize {
        self.workers.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        })
    }
}
