//! Types and texts of the refusals of risk configurations (administration 7.1, 7.2).

use crate::domain::risk_configuration::RiskFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn risk(fault: RiskFault) -> (Code, &'static str) {
    match fault {
        RiskFault::Cidr => (Code::InvalidParameterException, "Incorrect CIDR format"),
        RiskFault::SesRegion => (
            Code::InvalidParameterException,
            "Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2.",
        ),
        RiskFault::AddressBlocked => (
            Code::NotAuthorizedException,
            "Request not allowed due to security reasons.",
        ),
    }
}
