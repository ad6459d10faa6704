//! `[users]`: how long unconfirmed users stay.

use serde::{Deserialize, Serialize};

/// How long unconfirmed users stay. Cognito keeps them for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsersConfig {
    /// Days after the sign-up at which an unconfirmed user is deleted; 0 is never.
    pub delete_unconfirmed_after_days: u32,
}

/// What a user pool sets instead of [`UsersConfig`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsersOverrides {
    /// `users.delete_unconfirmed_after_days` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_unconfirmed_after_days: Option<u32>,
}
