//! Types and texts of the refusals of feedback on events (administration 7.3).

use crate::domain::feedback_fault::FeedbackFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn feedback(fault: FeedbackFault) -> (Code, &'static str) {
    match fault {
        FeedbackFault::AddOnsOff => (
            Code::UserPoolAddOnNotEnabledException,
            "User pool add-ons are not enabled.",
        ),
        FeedbackFault::WrongToken => (Code::NotAuthorizedException, "Invalid feedback token."),
        FeedbackFault::EventNotFound => (Code::ResourceNotFoundException, "Event does not exist."),
    }
}
