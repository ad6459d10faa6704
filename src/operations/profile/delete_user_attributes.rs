//! DeleteUserAttributes (behaviour 2.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{DeleteUserAttributesRequest, DeleteUserAttributesResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUserAttributes {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserAttributesRequest,
    ) -> Result<DeleteUserAttributesResponse, Error> {
        let token = input.access_token.into();
        let requested = Requested::Deletion(&input.user_attribute_names);
        attributes::update_self(app, context, &token, requested).await?;
        Ok(DeleteUserAttributesResponse::default())
    }
}
