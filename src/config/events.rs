//! `[events]`: the record of sign-ins, refusals and changes of users' accounts.

use serde::{Deserialize, Serialize};

/// The record of what happens to users' accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// Days that an event is kept; 0 records none. Refusals for names that nobody has are kept for a day at most.
    pub retention_days: u32,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self { retention_days: 90 }
    }
}
