//! AddCustomAttributes.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pools;
use crate::model::{AddCustomAttributesRequest, AddCustomAttributesResponse, ops};
use crate::operations::Error;
use crate::operations::user_pools::settings;
use crate::protocol::Handler;

impl Handler<App> for ops::AddCustomAttributes {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AddCustomAttributesRequest,
    ) -> Result<AddCustomAttributesResponse, Error> {
        let attributes: Vec<_> = input
            .custom_attributes
            .into_iter()
            .map(settings::attribute)
            .collect();
        let pool_id = &input.user_pool_id;
        user_pools::add_custom_attributes(app, context, pool_id, &attributes).await?;
        Ok(AddCustomAttributesResponse {})
    }
}
