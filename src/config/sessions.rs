//! `[sessions]`: which changes of a user's credentials end the user's sessions.

use serde::{Deserialize, Serialize};

/// Which changes of a user's credentials end the user's sessions (`docs/adr/0029`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionsConfig {
    /// Whether setting a forgotten password ends all sessions.
    pub end_at_recovery: bool,
    /// Whether a password that an administrator sets, or sends with an invitation, ends all sessions.
    pub end_at_admin_set_password: bool,
    /// Whether ChangePassword ends all sessions but the one that calls. Cognito's ends none.
    pub end_at_change_password: bool,
}

/// What a user pool sets instead of [`SessionsConfig`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionsOverrides {
    /// `sessions.end_at_recovery` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at_recovery: Option<bool>,
    /// `sessions.end_at_admin_set_password` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at_admin_set_password: Option<bool>,
    /// `sessions.end_at_change_password` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at_change_password: Option<bool>,
}

impl SessionsOverrides {
    /// The pool's values, and the `server`'s where the pool has none.
    #[must_use]
    pub fn over(&self, server: &SessionsConfig) -> SessionsConfig {
        SessionsConfig {
            end_at_recovery: self.end_at_recovery.unwrap_or(server.end_at_recovery),
            end_at_admin_set_password: self
                .end_at_admin_set_password
                .unwrap_or(server.end_at_admin_set_password),
            end_at_change_password: self
                .end_at_change_password
                .unwrap_or(server.end_at_change_password),
        }
    }
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            end_at_recovery: true,
            end_at_admin_set_password: true,
            end_at_change_password: false,
        }
    }
}
