//! AdminUpdateUserAttributes (behaviour 2.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminUpdateUserAttributes {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminUpdateUserAttributesRequest,
    ) -> Result<AdminUpdateUserAttributesResponse, Error> {
        attributes::update_by_admin(
            app,
            context,
            &input.user_pool_id,
            &input.username,
            Requested::Values(&convert::attribute_inputs(Some(input.user_attributes))),
        )
        .await?;
        Ok(AdminUpdateUserAttributesResponse::default())
    }
}
