//! DescribeRiskConfiguration (administration 7.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::risk_configuration;
use crate::model::{DescribeRiskConfigurationRequest, DescribeRiskConfigurationResponse, ops};
use crate::operations::Error;
use crate::operations::threat_protection::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeRiskConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeRiskConfigurationRequest,
    ) -> Result<DescribeRiskConfigurationResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.client_id.as_deref());
        let stored = risk_configuration::get(app, context, of).await?;
        Ok(DescribeRiskConfigurationResponse {
            risk_configuration: description::risk_configuration(of, stored)?,
        })
    }
}
