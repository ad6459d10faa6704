//! VerifyUserAttribute (behaviour 3.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::profile::attributes;
use crate::model::{VerifyUserAttributeRequest, VerifyUserAttributeResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::VerifyUserAttribute {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: VerifyUserAttributeRequest,
    ) -> Result<VerifyUserAttributeResponse, Error> {
        let token = input.access_token.into();
        attributes::verify(app, context, &token, &input.attribute_name, &input.code).await?;
        Ok(VerifyUserAttributeResponse::default())
    }
}
