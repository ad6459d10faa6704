//! Refusals of feedback on recorded events (administration 7.3).

use super::category::Category;

/// Why feedback is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackFault {
    /// The pool has no threat protection.
    AddOnsOff,
    /// The token is not that of the event.
    WrongToken,
    /// There is no such event.
    EventNotFound,
}

impl FeedbackFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::AddOnsOff => Category::NotEnabled,
            Self::WrongToken => Category::Unauthenticated,
            Self::EventNotFound => Category::NotFound,
        }
    }
}
