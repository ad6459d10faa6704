//! Types and texts of the refusals of risk configurations (administration 7.1).

use crate::domain::risk_configuration::RiskFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn risk(fault: RiskFault) -> (Code, &'static str) {
    let text = match fault {
        RiskFault::Cidr => "Incorrect CIDR format",
        RiskFault::SesRegion => {
            "Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2."
        }
    };
    (Code::InvalidParameterException, text)
}
