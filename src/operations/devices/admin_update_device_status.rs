//! AdminUpdateDeviceStatus (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::manage::{self, Named};
use crate::model::{AdminUpdateDeviceStatusRequest, AdminUpdateDeviceStatusResponse, ops};
use crate::operations::Error;
use crate::operations::devices::description;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminUpdateDeviceStatus {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminUpdateDeviceStatusRequest,
    ) -> Result<AdminUpdateDeviceStatusResponse, Error> {
        let owner = Named::Administrator {
            pool_id: &input.user_pool_id,
            username: &input.username,
        };
        let status = input
            .device_remembered_status
            .map(description::is_remembered);
        manage::set_remembered(app, context, &owner, &input.device_key, status).await?;
        Ok(AdminUpdateDeviceStatusResponse::default())
    }
}
