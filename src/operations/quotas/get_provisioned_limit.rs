//! GetProvisionedLimit (administration 11).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::provisioned_limit;
use crate::model::{GetProvisionedLimitRequest, GetProvisionedLimitResponse, ops};
use crate::operations::Error;
use crate::operations::quotas::{category, described};
use crate::protocol::Handler;

impl Handler<App> for ops::GetProvisionedLimit {
    async fn handle(
        _: &App,
        _: &RequestContext,
        input: GetProvisionedLimitRequest,
    ) -> Result<GetProvisionedLimitResponse, Error> {
        let value = provisioned_limit::limit(category(&input.limit_definition));
        let value = value.map_err(Failure::ProvisionedLimit)?;
        Ok(GetProvisionedLimitResponse {
            limit: described(input.limit_definition, value),
        })
    }
}
