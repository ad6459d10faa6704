//! Types and texts of the refusals of groups (administration 1).

use crate::domain::group::GroupFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn group(fault: GroupFault) -> (Code, &'static str) {
    match fault {
        GroupFault::NotFound => (Code::ResourceNotFoundException, "Group not found."),
        GroupFault::Exists => (
            Code::GroupExistsException,
            "A group with the name already exists",
        ),
        GroupFault::ForeignRole => (
            Code::InvalidParameterException,
            "Cross-account pass role is not allowed.",
        ),
        // AdminAddUserToGroup declares no LimitExceededException.
        GroupFault::TooManyOfUser => (
            Code::InvalidParameterException,
            "The user is a member of the greatest number of groups already.",
        ),
    }
}
