//! GetUserAttributeVerificationCode (behaviour 3.4).

use crate::app::App;
use crate::flows::profile::attributes;
use crate::model::{
    GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse, ops,
};
use crate::operations::convert;
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::GetUserAttributeVerificationCode {
    async fn handle(
        app: &App,
        call: &Call,
        input: GetUserAttributeVerificationCodeRequest,
    ) -> Result<GetUserAttributeVerificationCodeResponse, Error> {
        let token = input.access_token.into();
        let delivery = attributes::send_code(app, &token, &input.attribute_name, call.now).await?;
        Ok(GetUserAttributeVerificationCodeResponse {
            code_delivery_details: Some(convert::delivery(delivery)),
        })
    }
}
