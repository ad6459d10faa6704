//! `[users]`: how long users stay who never come back.

use serde::{Deserialize, Serialize};

/// How long users stay who never confirm their sign-up. Cognito keeps them for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsersConfig {
    /// Days after which a user is deleted who signed up and has not confirmed it; 0 is never.
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
