//! AdminForgetDevice (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::manage::{self, Named};
use crate::model::{AdminForgetDeviceRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminForgetDevice {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminForgetDeviceRequest,
    ) -> Result<Empty, Error> {
        let owner = Named::Administrator {
            pool_id: &input.user_pool_id,
            username: &input.username,
        };
        manage::forget(app, context, &owner, &input.device_key).await?;
        Ok(Empty {})
    }
}
