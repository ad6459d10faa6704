//! UpdateProvisionedLimit (administration 11).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::provisioned_limit;
use crate::model::{UpdateProvisionedLimitRequest, UpdateProvisionedLimitResponse, ops};
use crate::operations::Error;
use crate::operations::quotas::{category, described};
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateProvisionedLimit {
    async fn handle(
        _: &App,
        _: &RequestContext,
        input: UpdateProvisionedLimitRequest,
    ) -> Result<UpdateProvisionedLimitResponse, Error> {
        let category = category(&input.limit_definition);
        let value = provisioned_limit::change(category, input.requested_limit_value);
        let value = value.map_err(Failure::ProvisionedLimit)?;
        Ok(UpdateProvisionedLimitResponse {
            limit: described(input.limit_definition, value),
        })
    }
}
