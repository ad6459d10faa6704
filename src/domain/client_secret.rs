//! Secrets of app clients (administration 5).

use super::category::Category;
use super::time::Timestamp;

/// The most secrets of a client: the one that is being replaced, and its successor.
pub const MAX_SECRETS: usize = 2;

/// A secret of an app client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// The secret, sealed as it is stored.
    pub sealed: Vec<u8>,
    /// When it was added. No two secrets of a client have the same time.
    pub created_at: Timestamp,
}

impl ClientSecret {
    /// What the secret is named by, which tells nothing of it.
    #[must_use]
    pub fn id(&self, client_id: &str) -> String {
        format!("{client_id}--{}", self.created_at.millis())
    }

    /// The time of a secret that is added to `present` at `now`.
    #[must_use]
    pub fn next_time(present: &[Self], now: Timestamp) -> Timestamp {
        present
            .iter()
            .map(|secret| Timestamp::from_millis(secret.created_at.millis().saturating_add(1)))
            .fold(now, Timestamp::max)
    }
}

/// Why something is not done with a client's secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSecretFault {
    /// The client is public: it has no secret, and gets none.
    PublicClient,
    /// The client has as many secrets as it may have.
    TooMany,
    /// A client keeps one secret.
    OnlyOne,
    /// The client has no secret with this id.
    NotFound,
}

impl ClientSecretFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::PublicClient => Category::NotEnabled,
            Self::TooMany => Category::LimitReached,
            Self::OnlyOne => Category::WrongState,
            Self::NotFound => Category::NotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(millis: i64) -> ClientSecret {
        ClientSecret {
            sealed: Vec::new(),
            created_at: Timestamp::from_millis(millis),
        }
    }

    #[test]
    fn two_secrets_of_one_moment_have_different_ids() {
        let now = Timestamp::from_millis(5);
        assert_eq!(ClientSecret::next_time(&[], now), now);
        assert_eq!(ClientSecret::next_time(&[secret(3)], now), now);
        for at in [5, 7] {
            let later = ClientSecret::next_time(&[secret(at)], now);
            assert_eq!(later, Timestamp::from_millis(at + 1));
            assert_ne!(secret(at).id("c"), secret(later.millis()).id("c"));
        }
    }
}
