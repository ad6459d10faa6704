//! UpdateUserAttributes (behaviour 2.4, 3.4).

use crate::app::App;
use crate::flows::attributes::{self, Requested};
use crate::model::{UpdateUserAttributesRequest, UpdateUserAttributesResponse, ops};
use crate::operations::shapes;
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::UpdateUserAttributes {
    async fn handle(
        app: &App,
        call: &Call,
        input: UpdateUserAttributesRequest,
    ) -> Result<UpdateUserAttributesResponse, Error> {
        let given = shapes::given(Some(input.user_attributes));
        let requested = Requested::Values(&given);
        let token = input.access_token.into();
        let sent = attributes::change_own(app, &token, requested, call.now).await?;
        Ok(UpdateUserAttributesResponse {
            code_delivery_details_list: Some(sent.into_iter().map(shapes::delivery).collect()),
        })
    }
}
