//! `[outbox]`: retries and retention of messages.

use serde::{Deserialize, Serialize};

/// Retries and retention of messages. The pause before attempt n is
/// `backoff_base_seconds * 2^(n - 2)`, up to `backoff_cap_seconds`, plus up to a quarter at random.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboxConfig {
    /// Attempts until a message fails for good.
    pub attempts: u32,
    /// Pause after the first failure, in seconds.
    pub backoff_base_seconds: u64,
    /// The longest pause, in seconds.
    pub backoff_cap_seconds: u64,
    /// Milliseconds between two polls for messages that are due.
    pub poll_interval_ms: u64,
    /// E-mails sent at once for the first time, and as many text messages; a quarter as many more, one at
    /// least, are tried again at once. One pool may hold half of them.
    pub parallel: usize,
    /// Messages of a pool that wait to go to one recipient, those that are being delivered for the first time
    /// left out; further ones are refused.
    pub max_pending_per_recipient: u32,
    /// Pending messages of one pool; further ones are refused.
    pub max_pending_per_pool: u32,
    /// Hours that messages stay in the store after they were delivered or failed.
    pub retention_hours: u64,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self {
            attempts: 8,
            backoff_base_seconds: 5,
            backoff_cap_seconds: 600,
            poll_interval_ms: 500,
            parallel: 8,
            max_pending_per_recipient: 50,
            max_pending_per_pool: 10_000,
            retention_hours: 24,
        }
    }
}
