//! AddCustomAttributes.

use crate::app::App;
use crate::flows::user_pools;
use crate::model::{AddCustomAttributesRequest, AddCustomAttributesResponse, ops};
use crate::operations::user_pools::settings;
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::AddCustomAttributes {
    async fn handle(
        app: &App,
        call: &Call,
        input: AddCustomAttributesRequest,
    ) -> Result<AddCustomAttributesResponse, Error> {
        let attributes: Vec<_> = input
            .custom_attributes
            .into_iter()
            .map(settings::attribute)
            .collect();
        let (region, pool_id) = (&call.region, &input.user_pool_id);
        user_pools::add_custom_attributes(app, region, pool_id, &attributes, call.now).await?;
        Ok(AddCustomAttributesResponse {})
    }
}
