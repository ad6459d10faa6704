//! `[users]`: how long unconfirmed users stay, and what hides users.

use serde::{Deserialize, Serialize};

/// How long unconfirmed users stay, which Cognito keeps for ever, and what hides users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsersConfig {
    /// Days after the sign-up at which an unconfirmed user is deleted; 0 is never.
    pub delete_unconfirmed_after_days: u32,
    /// Where an app client hides users, answers that could tell by their time whether a user exists wait for the
    /// next multiple of so many milliseconds after the request, and then for a random part of as long; 0 is as soon
    /// as they can.
    pub hidden_answer_interval_ms: u32,
}

impl Default for UsersConfig {
    fn default() -> Self {
        Self {
            delete_unconfirmed_after_days: 0,
            hidden_answer_interval_ms: 10,
        }
    }
}

/// What a user pool sets instead of [`UsersConfig`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsersOverrides {
    /// `users.delete_unconfirmed_after_days` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_unconfirmed_after_days: Option<u32>,
}
