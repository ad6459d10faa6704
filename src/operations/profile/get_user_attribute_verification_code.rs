//! GetUserAttributeVerificationCode (behaviour 3.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::profile::attributes;
use crate::model::{
    GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse, ops,
};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::GetUserAttributeVerificationCode {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserAttributeVerificationCodeRequest,
    ) -> Result<GetUserAttributeVerificationCodeResponse, Error> {
        let token = input.access_token.into();
        let delivery = attributes::send_code(app, context, &token, &input.attribute_name).await?;
        Ok(GetUserAttributeVerificationCodeResponse {
            code_delivery_details: Some(convert::delivery(delivery)),
        })
    }
}
