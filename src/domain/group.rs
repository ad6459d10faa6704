//! Groups of users.

use super::category::Category;
use super::time::Timestamp;

/// The most groups of a pool (behaviour 9.2).
pub const MAX_GROUPS: i64 = 10_000;
/// The most groups that one user is a member of (behaviour 9.2).
pub const MAX_GROUPS_OF_USER: i64 = 100;

/// A group of a pool's users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The pool.
    pub pool_id: String,
    /// Its name, unique in the pool.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The lowest number wins; `None` comes after every number.
    pub precedence: Option<i64>,
    /// The ARN of the AWS role of its members.
    pub role_arn: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

/// What a request gives of a group. An absent member leaves what the group has, an empty text removes it
/// (administration 1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// The description.
    pub description: Option<String>,
    /// The precedence, which can be changed but not removed.
    pub precedence: Option<i64>,
    /// The ARN of the role.
    pub role_arn: Option<String>,
}

impl GroupChange {
    /// The group with this change.
    #[must_use]
    pub fn apply(self, group: Group, now: Timestamp) -> Group {
        let merged = |given: Option<String>, present: Option<String>| match given {
            None => present,
            Some(text) if text.is_empty() => None,
            given => given,
        };
        Group {
            description: merged(self.description, group.description),
            precedence: self.precedence.or(group.precedence),
            role_arn: merged(self.role_arn, group.role_arn),
            modified_at: now,
            pool_id: group.pool_id,
            name: group.name,
            created_at: group.created_at,
        }
    }

    /// Whether the role that is given belongs to another AWS account than `account_id`, or to none.
    #[must_use]
    pub fn has_foreign_role(&self, account_id: &str) -> bool {
        let given = self.role_arn.as_deref().filter(|arn| !arn.is_empty());
        given.is_some_and(|arn| is_foreign_role(arn, account_id))
    }
}

/// Whether a role belongs to another AWS account than `account_id`, or to none.
#[must_use]
pub fn is_foreign_role(arn: &str, account_id: &str) -> bool {
    // arn:partition:iam::account:role/name
    arn.split(':').nth(4) != Some(account_id)
}

/// Why something is not done with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupFault {
    /// The pool has no group of this name.
    NotFound,
    /// The pool has a group of this name.
    Exists,
    /// The role is one of another AWS account.
    ForeignRole,
    /// The user is a member of as many groups as it may be.
    TooManyOfUser,
}

impl GroupFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::Exists => Category::AlreadyExists,
            Self::ForeignRole => Category::InvalidInput,
            Self::TooManyOfUser => Category::LimitReached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> Group {
        Group {
            pool_id: "pool".to_owned(),
            name: "staff".to_owned(),
            description: Some("All".to_owned()),
            precedence: Some(3),
            role_arn: Some("arn:aws:iam::000000000000:role/staff".to_owned()),
            created_at: Timestamp::from_millis(1),
            modified_at: Timestamp::from_millis(1),
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_removes_what_is_empty() {
        let now = Timestamp::from_millis(2);
        let unchanged = GroupChange::default().apply(group(), now);
        assert_eq!(
            unchanged,
            Group {
                modified_at: now,
                ..group()
            }
        );
        let change = GroupChange {
            description: Some(String::new()),
            precedence: Some(0),
            role_arn: Some(String::new()),
        };
        let expected = Group {
            description: None,
            precedence: Some(0),
            role_arn: None,
            modified_at: now,
            ..group()
        };
        assert_eq!(change.apply(group(), now), expected);
    }

    #[test]
    fn a_role_is_foreign_unless_its_account_is_ours() {
        let role = |arn: &str| GroupChange {
            role_arn: Some(arn.to_owned()),
            ..GroupChange::default()
        };
        let own = "000000000000";
        assert!(!role("arn:aws:iam::000000000000:role/staff").has_foreign_role(own));
        assert!(role("arn:aws:iam::111111111111:role/staff").has_foreign_role(own));
        assert!(role("arn:aws:iam::").has_foreign_role(own));
        assert!(!role("").has_foreign_role(own));
        assert!(!GroupChange::default().has_foreign_role(own));
    }
}
