//! How many requests of a category an account may make in a second (administration 11, behaviour 8).

use super::category::Category;

/// The categories and their limits, which are what AWS gives for free.
const LIMITS: [(&str, i32); 17] = [
    ("ClientAuthentication", 150),
    ("UserAccountRecovery", 30),
    ("UserAuthentication", 120),
    ("UserCreation", 50),
    ("UserFederation", 25),
    ("UserList", 30),
    ("UserPoolClientRead", 15),
    ("UserPoolClientUpdate", 15),
    ("UserPoolRead", 15),
    ("UserPoolResourceRead", 20),
    ("UserPoolResourceUpdate", 15),
    ("UserPoolUpdate", 15),
    ("UserRead", 120),
    ("UserResourceRead", 50),
    ("UserResourceUpdate", 25),
    ("UserToken", 120),
    ("UserUpdate", 25),
];

/// The limit of a category.
///
/// # Errors
/// [`LimitFault::NotFound`].
pub fn limit(category: &str) -> Result<i32, LimitFault> {
    let found = LIMITS.iter().find(|(name, _)| *name == category);
    found.map(|(_, limit)| *limit).ok_or(LimitFault::NotFound)
}

/// The limit of a category once `requested` is asked for. Nothing is sold here, so that the limit is the least and the
/// greatest that it can be.
///
/// # Errors
/// [`LimitFault`].
pub fn change(category: &str, requested: i32) -> Result<i32, LimitFault> {
    let limit = limit(category)?;
    match requested.cmp(&limit) {
        std::cmp::Ordering::Less => Err(LimitFault::Below(limit)),
        std::cmp::Ordering::Equal => Ok(limit),
        std::cmp::Ordering::Greater => Err(LimitFault::Above(limit)),
    }
}

/// Why a limit is not shown or not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitFault {
    /// There is no such limit.
    NotFound,
    /// What is asked for is less than the least, which is this.
    Below(i32),
    /// What is asked for is more than the greatest, which is this.
    Above(i32),
}

impl LimitFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::Below(_) => Category::InvalidInput,
            Self::Above(_) => Category::LimitReached,
        }
    }
}
