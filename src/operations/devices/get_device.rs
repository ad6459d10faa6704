//! GetDevice (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::devices::manage::{self, Named};
use crate::model::{GetDeviceRequest, GetDeviceResponse, ops};
use crate::operations::Error;
use crate::operations::devices::description;
use crate::protocol::Handler;

impl Handler<App> for ops::GetDevice {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetDeviceRequest,
    ) -> Result<GetDeviceResponse, Error> {
        // The model does not require the token. Without one, nobody has proven to be the owner.
        let token = input
            .access_token
            .ok_or(Failure::InvalidAccessToken)?
            .into();
        let owner = Named::Token(&token);
        let (_, device) = manage::get(app, context, &owner, &input.device_key).await?;
        Ok(GetDeviceResponse {
            device: description::for_user(device),
        })
    }
}
