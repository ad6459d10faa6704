//! Where what happens in a pool is written down (administration 8).

use super::category::Category;

/// One configuration: what is delivered, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// What is delivered.
    pub source: EventSource,
    /// Where.
    pub destination: Destination,
}

/// What is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// Messages that could not be sent, at the level `ERROR`.
    UserNotification,
    /// What happened to users' accounts, at the level `INFO`.
    UserAuthEvents,
}

/// Where it is delivered, as an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A log group of CloudWatch Logs.
    LogGroup(String),
    /// A bucket of S3.
    Bucket(String),
    /// A stream of Firehose.
    Stream(String),
}

/// A configuration as a request gives it.
#[derive(Clone, Debug)]
pub struct LogDeliveryRequest {
    /// What is to be delivered.
    pub source: EventSource,
    /// Whether the level is `ERROR` and not `INFO`.
    pub errors_only: bool,
    /// Where; a destination without an ARN is `None`.
    pub destinations: Vec<Option<Destination>>,
}

/// The configurations of a pool of this region.
///
/// # Errors
/// [`LogDeliveryFault`].
pub fn configurations(
    requests: Vec<LogDeliveryRequest>,
    region: &str,
) -> Result<Vec<LogDelivery>, LogDeliveryFault> {
    let mut configurations: Vec<LogDelivery> = Vec::new();
    for request in requests {
        let source = request.source;
        if configurations.iter().any(|other| other.source == source) {
            return Err(LogDeliveryFault::Repeated);
        }
        if request.errors_only != (source == EventSource::UserNotification) {
            return Err(LogDeliveryFault::Level(source));
        }
        let mut destinations = request.destinations.into_iter();
        let (Some(Some(destination)), None) = (destinations.next(), destinations.next()) else {
            return Err(LogDeliveryFault::Destinations);
        };
        if source == EventSource::UserNotification
            && !matches!(destination, Destination::LogGroup(_))
        {
            return Err(LogDeliveryFault::OnlyLogGroup);
        }
        check_arn(&destination, region)?;
        configurations.push(LogDelivery {
            source,
            destination,
        });
    }
    Ok(configurations)
}

/// Whether the ARN is one of the destination's service, and of the region, which a bucket's ARN does not name.
fn check_arn(destination: &Destination, region: &str) -> Result<(), LogDeliveryFault> {
    let (arn, service, region) = match destination {
        Destination::LogGroup(arn) => (arn, "logs", region),
        Destination::Bucket(arn) => (arn, "s3", ""),
        Destination::Stream(arn) => (arn, "firehose", region),
    };
    // arn:partition:service:region:account:resource
    let mut parts = arn.split(':').skip(2);
    if parts.next() != Some(service) {
        return Err(LogDeliveryFault::Service);
    }
    if parts.next() != Some(region) {
        return Err(LogDeliveryFault::Region);
    }
    Ok(())
}

/// Why a configuration is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogDeliveryFault {
    /// Two configurations deliver the same.
    Repeated,
    /// This is not delivered at that level.
    Level(EventSource),
    /// A configuration names no destination, or several, or one without its ARN.
    Destinations,
    /// Undelivered messages go to CloudWatch Logs only.
    OnlyLogGroup,
    /// The ARN is one of another service.
    Service,
    /// The ARN is one of another region.
    Region,
}

impl LogDeliveryFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::Repeated
            | Self::Level(_)
            | Self::Destinations
            | Self::OnlyLogGroup
            | Self::Service
            | Self::Region => Category::InvalidInput,
        }
    }
}
