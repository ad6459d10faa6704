//! Refusals of feedback on recorded events (administration 7.3).

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
