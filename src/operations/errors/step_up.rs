//! What is said of a sign-in that cannot reach a level of authentication.

use crate::domain::acr::StepUpFault;

/// The text (administration 10.4: guesses).
pub(super) const fn text(fault: StepUpFault) -> &'static str {
    match fault {
        StepUpFault::NoLevel => "TARGET_ACR_VALUES does not contain an ACR value of the user pool.",
        StepUpFault::TokenWithoutLevel => "ACCESS_TOKEN requires TARGET_ACR_VALUES.",
        StepUpFault::TokenOfAnotherUser => "ACCESS_TOKEN does not belong to the user.",
        StepUpFault::MaxAge => "MAX_AGE must be a number of seconds.",
        StepUpFault::Reached => "The requested ACR value is already met.",
        StepUpFault::OutOfReach => {
            "The requested ACR value cannot be met with the user's authentication factors."
        }
    }
}
