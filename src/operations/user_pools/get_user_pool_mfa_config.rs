//! GetUserPoolMfaConfig (administration 3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup;
use crate::model::{GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse, ops};
use crate::operations::Error;
use crate::operations::user_pools::mfa_config;
use crate::protocol::Handler;

impl Handler<App> for ops::GetUserPoolMfaConfig {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserPoolMfaConfigRequest,
    ) -> Result<GetUserPoolMfaConfigResponse, Error> {
        let pool = lookup::pool(app, context, &input.user_pool_id).await?;
        let described = mfa_config::describe(&pool);
        Ok(GetUserPoolMfaConfigResponse {
            sms_mfa_configuration: described.sms_mfa_configuration,
            software_token_mfa_configuration: described.software_token_mfa_configuration,
            email_mfa_configuration: described.email_mfa_configuration,
            mfa_configuration: described.mfa_configuration,
            web_authn_configuration: described.web_authn_configuration,
        })
    }
}
