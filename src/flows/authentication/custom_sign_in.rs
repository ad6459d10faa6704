//! What a custom sign-in has come to.

use serde::{Deserialize, Serialize};

use crate::triggers::{ChallengeResult, Texts};

/// What is kept of a custom sign-in from one challenge to its answer.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct CustomSignIn {
    /// What has been answered, oldest first.
    #[serde(default)]
    pub history: Vec<ChallengeResult>,
    /// The private parameters of the challenge that waits.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub private: Texts,
    /// What the function has said of that challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}

impl CustomSignIn {
    /// One that waits for no custom challenge.
    pub const fn after(history: Vec<ChallengeResult>) -> Self {
        Self {
            history,
            private: Texts::new(),
            metadata: None,
        }
    }
}
