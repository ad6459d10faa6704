//! DeleteUserAttributes (behaviour 2.5).

use crate::app::App;
use crate::flows::profile::attributes::{self, Requested};
use crate::model::{DeleteUserAttributesRequest, DeleteUserAttributesResponse, ops};
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::DeleteUserAttributes {
    async fn handle(
        app: &App,
        call: &Call,
        input: DeleteUserAttributesRequest,
    ) -> Result<DeleteUserAttributesResponse, Error> {
        let token = input.access_token.into();
        let requested = Requested::Deletion(&input.user_attribute_names);
        attributes::update_self(app, &token, requested, call.now).await?;
        Ok(DeleteUserAttributesResponse::default())
    }
}
