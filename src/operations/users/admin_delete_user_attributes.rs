//! AdminDeleteUserAttributes (behaviour 2.4).

use crate::app::App;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AdminDeleteUserAttributes {
    async fn handle(
        app: &App,
        call: &Call,
        input: AdminDeleteUserAttributesRequest,
    ) -> Result<AdminDeleteUserAttributesResponse, Error> {
        attributes::update_by_admin(
            app,
            &call.region,
            &input.user_pool_id,
            &input.username,
            Requested::Deletion(&input.user_attribute_names),
            call.now,
        )
        .await?;
        Ok(AdminDeleteUserAttributesResponse::default())
    }
}
