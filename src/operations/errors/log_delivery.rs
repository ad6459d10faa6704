//! Types and texts of the refusals of log delivery (administration 8).

use crate::domain::log_delivery::{EventSource, LogDeliveryFault};
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn log_delivery(fault: LogDeliveryFault) -> (Code, &'static str) {
    let text = match fault {
        LogDeliveryFault::Repeated => "Following event sources appear more then once in a request",
        LogDeliveryFault::Level(EventSource::UserNotification) => {
            "The LogLevel of userNotification must be ERROR."
        }
        LogDeliveryFault::Level(EventSource::UserAuthEvents) => {
            "The LogLevel of userAuthEvents must be INFO."
        }
        LogDeliveryFault::Destinations => {
            "Each log configuration must have exactly one destination with its ARN."
        }
        LogDeliveryFault::OnlyLogGroup => {
            "userNotification can only be delivered to CloudWatch Logs."
        }
        LogDeliveryFault::Service => "ARN does not belong to the service of the destination",
        LogDeliveryFault::Region => "ARN does not belong to current region",
    };
    (Code::InvalidParameterException, text)
}
