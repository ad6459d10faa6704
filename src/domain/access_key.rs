//! Access keys of administrators, and who signs with them.

use super::policy::Policy;
use super::time::Timestamp;

/// The most access keys that the store holds.
pub const MAX_ACCESS_KEYS: usize = 200;
/// The longest name, as IAM has it for users.
const MAX_NAME: usize = 64;
/// How long a recorded use stands for the latest one, in milliseconds.
pub const USE_EXACT_TO_MS: i64 = 3_600_000;

/// An access key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The id that is sent with requests.
    pub id: String,
    /// The name of what signs with it. A key and the one that takes its place have the same.
    pub name: String,
    /// The policy, as JSON.
    pub policy: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs no more, if that is known.
    pub ends_at: Option<Timestamp>,
    /// When it was last used, exact to an hour.
    pub last_used_at: Option<Timestamp>,
}

/// Who signs, and what the signer may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The name of the user in ARNs.
    pub user: String,
    /// What it may do.
    pub policy: Policy,
}

/// Whether a key may have this name: one that IAM lets a user have.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_fitting = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(is_fitting)
}

/// Why something is not done with an access key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessKeyFault {
    /// A name of other characters.
    #[error("a name has 1 to {MAX_NAME} letters, digits and any of +=,.@_-")]
    Name,
    /// Another key has the name.
    #[error("there is a key of the name {0:?}: rotate that one, or choose another name")]
    NameTaken(String),
    /// There are as many as there may be.
    #[error("there are {MAX_ACCESS_KEYS} access keys already: revoke one that is not used")]
    TooMany,
    /// There is no key with this id.
    #[error("the store has no access key {0:?}")]
    NotFound(String),
    /// The key has ended.
    #[error("the access key {0:?} has ended")]
    Ended(String),
    /// An action of the policy is no operation.
    #[error("the policy names the action {0:?}, which is no operation of this service")]
    UnknownAction(String),
    /// A resource of the policy is in another account.
    #[error(
        "the policy names the resource {resource:?}, but this server's user pools are in the account {account}"
    )]
    ForeignResource {
        /// The resource.
        resource: String,
        /// The account of this server.
        account: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_users_in_iam() {
        let longest = "a".repeat(64);
        for name in ["ci", "Ada.Lovelace@example.com", "a+b=c,d_e-f", &longest] {
            assert!(is_name(name), "{name}");
        }
        let too_long = "a".repeat(65);
        for name in ["", "a b", "a/b", "é", "a\n", &too_long] {
            assert!(!is_name(name), "{name}");
        }
    }
}
