//! ListDevices (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::manage::{self, Named};
use crate::model::{ListDevicesRequest, ListDevicesResponse, ops};
use crate::operations::Error;
use crate::operations::devices::description;
use crate::protocol::Handler;

impl Handler<App> for ops::ListDevices {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListDevicesRequest,
    ) -> Result<ListDevicesResponse, Error> {
        let token = input.access_token.into();
        let owner = Named::Token(&token);
        let limit = description::page_size(input.limit);
        let token = input.pagination_token.as_deref();
        let (_, page) = manage::list(app, context, &owner, limit, token).await?;
        let devices = page.devices.into_iter();
        Ok(ListDevicesResponse {
            devices: Some(devices.map(description::for_user).collect()),
            pagination_token: page.next,
        })
    }
}
