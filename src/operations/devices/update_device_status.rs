//! UpdateDeviceStatus (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::manage::{self, Named};
use crate::model::{UpdateDeviceStatusRequest, UpdateDeviceStatusResponse, ops};
use crate::operations::Error;
use crate::operations::devices::description;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateDeviceStatus {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateDeviceStatusRequest,
    ) -> Result<UpdateDeviceStatusResponse, Error> {
        let token = input.access_token.into();
        let owner = Named::Token(&token);
        let status = input
            .device_remembered_status
            .map(description::is_remembered);
        manage::set_remembered(app, context, &owner, &input.device_key, status).await?;
        Ok(UpdateDeviceStatusResponse::default())
    }
}
