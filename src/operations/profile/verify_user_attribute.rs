//! VerifyUserAttribute (behaviour 3.4).

use crate::app::App;
use crate::flows::profile::attributes;
use crate::model::{VerifyUserAttributeRequest, VerifyUserAttributeResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::VerifyUserAttribute {
    async fn handle(
        app: &App,
        call: &Call,
        input: VerifyUserAttributeRequest,
    ) -> Result<VerifyUserAttributeResponse, Error> {
        let token = input.access_token.into();
        attributes::verify(app, &token, &input.attribute_name, &input.code, call.now).await?;
        Ok(VerifyUserAttributeResponse::default())
    }
}
