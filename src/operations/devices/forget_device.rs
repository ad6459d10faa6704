//! ForgetDevice (administration 2.7).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::devices::manage::{self, Named};
use crate::model::{Empty, ForgetDeviceRequest, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ForgetDevice {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ForgetDeviceRequest,
    ) -> Result<Empty, Error> {
        // The model does not require the token. Without one, nobody has proven to be the owner.
        let token = input
            .access_token
            .ok_or(Failure::InvalidAccessToken)?
            .into();
        let owner = Named::Token(&token);
        manage::forget(app, context, &owner, &input.device_key).await?;
        Ok(Empty {})
    }
}
