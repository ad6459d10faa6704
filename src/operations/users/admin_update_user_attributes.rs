//! AdminUpdateUserAttributes (behaviour 2.4).

use crate::app::App;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse, ops};
use crate::operations::convert;
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminUpdateUserAttributes {
    async fn handle(
        app: &App,
        call: &Call,
        input: AdminUpdateUserAttributesRequest,
    ) -> Result<AdminUpdateUserAttributesResponse, Error> {
        attributes::update_by_admin(
            app,
            &call.region,
            &input.user_pool_id,
            &input.username,
            Requested::Values(&convert::attribute_inputs(Some(input.user_attributes))),
            call.now,
        )
        .await?;
        Ok(AdminUpdateUserAttributesResponse::default())
    }
}
