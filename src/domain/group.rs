//! Groups of users.

use super::time::Timestamp;

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
