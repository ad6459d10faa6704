//! SetLogDeliveryConfiguration (administration 8).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::log_delivery::{Destination, EventSource, LogDeliveryRequest};
use crate::flows::log_delivery;
use crate::model::{
    EventSourceName, LogConfigurationType, LogLevel, SetLogDeliveryConfigurationRequest,
    SetLogDeliveryConfigurationResponse, ops,
};
use crate::operations::Error;
use crate::operations::log_delivery::description;
use crate::protocol::Handler;

impl Handler<App> for ops::SetLogDeliveryConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetLogDeliveryConfigurationRequest,
    ) -> Result<SetLogDeliveryConfigurationResponse, Error> {
        let requests = input.log_configurations.into_iter().map(request);
        let pool_id = input.user_pool_id;
        let configurations = log_delivery::set(app, context, &pool_id, requests.collect()).await?;
        Ok(SetLogDeliveryConfigurationResponse {
            log_delivery_configuration: Some(description::log_delivery(pool_id, configurations)),
        })
    }
}

fn request(given: LogConfigurationType) -> LogDeliveryRequest {
    let log_group = given
        .cloud_watch_logs_configuration
        .map(|logs| logs.log_group_arn.map(Destination::LogGroup));
    let bucket = given
        .s3_configuration
        .map(|s3| s3.bucket_arn.map(Destination::Bucket));
    let stream = given
        .firehose_configuration
        .map(|firehose| firehose.stream_arn.map(Destination::Stream));
    LogDeliveryRequest {
        source: match given.event_source {
            EventSourceName::UserNotification => EventSource::UserNotification,
            EventSourceName::UserAuthEvents => EventSource::UserAuthEvents,
        },
        errors_only: matches!(given.log_level, LogLevel::Error),
        destinations: [log_group, bucket, stream].into_iter().flatten().collect(),
    }
}
