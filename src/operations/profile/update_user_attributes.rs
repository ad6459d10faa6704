//! UpdateUserAttributes (behaviour 2.4, 3.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{UpdateUserAttributesRequest, UpdateUserAttributesResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateUserAttributes {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateUserAttributesRequest,
    ) -> Result<UpdateUserAttributesResponse, Error> {
        let given = convert::attribute_inputs(Some(input.user_attributes));
        let requested = Requested::Values(&given);
        let token = input.access_token.into();
        let sent = attributes::update_self(app, context, &token, requested).await?;
        Ok(UpdateUserAttributesResponse {
            code_delivery_details_list: Some(sent.into_iter().map(convert::delivery).collect()),
        })
    }
}
