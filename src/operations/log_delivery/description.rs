//! How log delivery is described (administration 8).

use crate::domain::log_delivery::{Destination, EventSource, LogDelivery};
use crate::model::{
    CloudWatchLogsConfigurationType, EventSourceName, FirehoseConfigurationType,
    LogConfigurationType, LogDeliveryConfigurationType, LogLevel, S3ConfigurationType,
};

/// The configurations of a pool.
pub fn log_delivery(
    pool_id: String,
    configurations: Vec<LogDelivery>,
) -> LogDeliveryConfigurationType {
    LogDeliveryConfigurationType {
        user_pool_id: pool_id,
        log_configurations: configurations.into_iter().map(configuration).collect(),
    }
}

fn configuration(configuration: LogDelivery) -> LogConfigurationType {
    let (log_level, event_source) = match configuration.source {
        EventSource::UserNotification => (LogLevel::Error, EventSourceName::UserNotification),
        EventSource::UserAuthEvents => (LogLevel::Info, EventSourceName::UserAuthEvents),
    };
    let mut described = LogConfigurationType {
        log_level,
        event_source,
        cloud_watch_logs_configuration: None,
        s3_configuration: None,
        firehose_configuration: None,
    };
    match configuration.destination {
        Destination::LogGroup(arn) => {
            described.cloud_watch_logs_configuration = Some(CloudWatchLogsConfigurationType {
                log_group_arn: Some(arn),
            });
        }
        Destination::Bucket(arn) => {
            described.s3_configuration = Some(S3ConfigurationType {
                bucket_arn: Some(arn),
            });
        }
        Destination::Stream(arn) => {
            described.firehose_configuration = Some(FirehoseConfigurationType {
                stream_arn: Some(arn),
            });
        }
    }
    described
}
