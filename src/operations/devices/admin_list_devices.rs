//! AdminListDevices (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::manage::{self, Named};
use crate::model::{AdminListDevicesRequest, AdminListDevicesResponse, ops};
use crate::operations::Error;
use crate::operations::devices::description;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminListDevices {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminListDevicesRequest,
    ) -> Result<AdminListDevicesResponse, Error> {
        let owner = Named::Administrator {
            pool_id: &input.user_pool_id,
            username: &input.username,
        };
        let limit = description::page_size(input.limit);
        let token = input.pagination_token.as_deref();
        let (owner, page) = manage::list(app, context, &owner, limit, token).await?;
        let devices = page.devices.into_iter();
        Ok(AdminListDevicesResponse {
            devices: Some(
                devices
                    .map(|device| description::for_administrator(app, &owner, device))
                    .collect(),
            ),
            pagination_token: page.next,
        })
    }
}
