//! AdminGetDevice (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::manage::{self, Named};
use crate::model::{AdminGetDeviceRequest, AdminGetDeviceResponse, ops};
use crate::operations::Error;
use crate::operations::devices::description;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminGetDevice {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminGetDeviceRequest,
    ) -> Result<AdminGetDeviceResponse, Error> {
        let owner = Named::Administrator {
            pool_id: &input.user_pool_id,
            username: &input.username,
        };
        let (owner, device) = manage::get(app, context, &owner, &input.device_key).await?;
        Ok(AdminGetDeviceResponse {
            device: description::for_administrator(app, &owner, device),
        })
    }
}
