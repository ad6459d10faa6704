//! Types and texts of the refusals of limits and replicas (administration 11).

use crate::domain::provisioned_limit::LimitFault;
use crate::model::ErrorCode as Code;

/// A server has one region.
pub(super) const NO_REPLICAS: &str = "User pool replication is not enabled.";

/// The type and the text.
pub(super) fn limit(fault: LimitFault) -> (Code, String) {
    match fault {
        LimitFault::NotFound => (
            Code::ResourceNotFoundException,
            "Limit does not exist.".to_owned(),
        ),
        LimitFault::Below(least) => (
            Code::InvalidParameterException,
            format!("RequestedLimitValue must be at least {least}."),
        ),
        LimitFault::Above(greatest) => (
            Code::ServiceQuotaExceededException,
            format!("RequestedLimitValue must be at most {greatest}."),
        ),
    }
}
