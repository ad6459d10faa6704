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

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            end_at_recovery: true,
            end_at_admin_set_password: true,
            end_at_change_password: false,
        }
    }
}
