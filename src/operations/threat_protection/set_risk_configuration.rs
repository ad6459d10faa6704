//! SetRiskConfiguration (administration 7.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::risk_configuration::RiskConfiguration;
use crate::flows::risk_configuration;
use crate::model::{SetRiskConfigurationRequest, SetRiskConfigurationResponse, ops};
use crate::operations::Error;
use crate::operations::convert::in_same_form;
use crate::operations::threat_protection::description;
use crate::protocol::Handler;

impl Handler<App> for ops::SetRiskConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetRiskConfigurationRequest,
    ) -> Result<SetRiskConfigurationResponse, Error> {
        let given = RiskConfiguration {
            compromised_credentials: in_same_form(
                input.compromised_credentials_risk_configuration,
            )?,
            account_takeover: in_same_form(input.account_takeover_risk_configuration)?,
            exceptions: in_same_form(input.risk_exception_configuration)?,
        };
        let of = (input.user_pool_id.as_str(), input.client_id.as_deref());
        let stored = risk_configuration::set(app, context, of, given).await?;
        Ok(SetRiskConfigurationResponse {
            risk_configuration: description::risk_configuration(of, stored)?,
        })
    }
}
