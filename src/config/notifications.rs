//! `[notifications]`: messages that tell users what happened to their accounts.

use serde::{Deserialize, Serialize};

/// Which messages users get about their accounts. Cognito sends none of them, so they are off by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsConfig {
    /// Whether users are told that their password, e-mail address or phone number has changed; of an address
    /// also the old one is told.
    pub credential_changes: bool,
    /// Whether users are told that somebody signed in from a device they have not signed in from before.
    pub new_devices: bool,
}

/// What a user pool sets instead of [`NotificationsConfig`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsOverrides {
    /// `notifications.credential_changes` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_changes: Option<bool>,
    /// `notifications.new_devices` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_devices: Option<bool>,
}

impl NotificationsOverrides {
    /// The pool's values, and the `server`'s where the pool has none.
    #[must_use]
    pub fn over(&self, server: &NotificationsConfig) -> NotificationsConfig {
        NotificationsConfig {
            credential_changes: self.credential_changes.unwrap_or(server.credential_changes),
            new_devices: self.new_devices.unwrap_or(server.new_devices),
        }
    }
}
