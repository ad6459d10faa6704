//! Types and texts of the refusals of tracked sessions (administration 10.1).

use crate::domain::session_tracking::TrackingFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn tracking(fault: TrackingFault) -> (Code, &'static str) {
    match fault {
        TrackingFault::NotFound => (Code::ResourceNotFoundException, "Session does not exist."),
        TrackingFault::Current => (
            Code::InvalidParameterException,
            "The current session cannot be revoked.",
        ),
        TrackingFault::Off => (
            Code::InvalidParameterException,
            "Session tracking is not enabled for the user pool.",
        ),
    }
}
