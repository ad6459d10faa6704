//! AdminDeleteUserAttributes (behaviour 2.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminDeleteUserAttributes {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminDeleteUserAttributesRequest,
    ) -> Result<AdminDeleteUserAttributesResponse, Error> {
        attributes::update_by_admin(
            app,
            context,
            &input.user_pool_id,
            &input.username,
            Requested::Deletion(&input.user_attribute_names),
        )
        .await?;
        Ok(AdminDeleteUserAttributesResponse::default())
    }
}
