//! ConfirmDevice (administration 12.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::devices::confirm::{self, Confirmation};
use crate::model::{ConfirmDeviceRequest, ConfirmDeviceResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ConfirmDevice {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ConfirmDeviceRequest,
    ) -> Result<ConfirmDeviceResponse, Error> {
        let secret = input.device_secret_verifier_config.unwrap_or_default();
        let request = Confirmation {
            device_key: input.device_key,
            name: input.device_name,
            verifier: secret.password_verifier,
            salt: secret.salt,
        };
        let token = input.access_token.into();
        let necessary = confirm::confirm(app, context, &token, &request).await?;
        Ok(ConfirmDeviceResponse {
            user_confirmation_necessary: Some(necessary),
        })
    }
}
