//! What is wrong with a policy.

use super::{MAX_BYTES, MAX_CHARACTERS, SERVICE};

/// What is wrong with a policy, in words for who wrote it. Statements are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// It is neither a document nor the name of a ready-made policy.
    #[error(
        "expected a policy as JSON, or the name of a ready-made one: full-access or read-only, not {0:?}"
    )]
    UnknownName(String),
    /// The ready-made policy is for one pool, which is not named.
    #[error("pool-administrator is for one user pool: name it")]
    PoolMissing,
    /// It has too many characters.
    #[error(
        "a policy has at most {MAX_CHARACTERS} characters besides blanks, and {MAX_BYTES} bytes with them"
    )]
    TooLong,
    /// It is not the JSON of a policy.
    #[error("this is no policy: {0}")]
    Malformed(String),
    /// The version of the language is unknown.
    #[error("the Version {0:?} is unknown: expected \"2012-10-17\"")]
    Version(String),
    /// There is no statement.
    #[error("the policy has no statement")]
    NoStatement,
    /// A statement has an element that is not carried out.
    #[error("statement {0} has a {1}, which this server does not support")]
    Unsupported(usize, &'static str),
    /// A statement's name has other characters than letters and digits.
    #[error("the Sid of statement {0} must be letters and digits")]
    Sid(usize),
    /// Two statements have one name.
    #[error("two statements have the Sid {0:?}")]
    SidRepeated(String),
    /// A statement neither allows nor denies.
    #[error("the Effect of statement {0} must be \"Allow\" or \"Deny\"")]
    Effect(usize),
    /// A statement has both of two elements, none, or one that is empty.
    #[error("statement {0} must have either {1} or {2}, with at least one value")]
    OneOf(usize, &'static str, &'static str),
    /// An action is none of this service's.
    #[error(
        "statement {0} has the action {1:?}: expected \"*\", or {SERVICE}: and the name of an operation, in which * \
         and ? are wildcards"
    )]
    Action(usize, String),
    /// A resource is none of this service's.
    #[error(
        "statement {0} has the resource {1:?}: expected \"*\", or \
         arn:aws:{SERVICE}:<region>:<account>:userpool/<id>, in which * and ? are wildcards, and no variables"
    )]
    Resource(usize, String),
}
