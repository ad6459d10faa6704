//! What is wrong with declarations.

use std::fmt;

/// What is wrong with a declaration, and where it stands.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {text}")]
pub struct Problem {
    /// The key, as `user_pools[0].clients[1].settings`.
    pub key: String,
    /// What is wrong, or what would be right. It may quote a setting, never a secret.
    pub text: String,
}

/// Everything that is wrong with the declarations, a line each.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
