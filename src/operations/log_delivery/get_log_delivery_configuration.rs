//! GetLogDeliveryConfiguration (administration 8).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::log_delivery;
use crate::model::{GetLogDeliveryConfigurationRequest, GetLogDeliveryConfigurationResponse, ops};
use crate::operations::Error;
use crate::operations::log_delivery::description;
use crate::protocol::Handler;

impl Handler<App> for ops::GetLogDeliveryConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetLogDeliveryConfigurationRequest,
    ) -> Result<GetLogDeliveryConfigurationResponse, Error> {
        let pool_id = input.user_pool_id;
        let configurations = log_delivery::get(app, context, &pool_id).await?;
        Ok(GetLogDeliveryConfigurationResponse {
            log_delivery_configuration: Some(description::log_delivery(pool_id, configurations)),
        })
    }
}
