//! SetUserPoolMfaConfig (administration 3).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::pool_mfa_request::{PoolMfaRequest, SmsFactorRequest};
use crate::domain::second_factor::EmailFactor;
use crate::flows::user_pools;
use crate::model::{SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse, ops};
use crate::operations::Error;
use crate::operations::user_pools::{mfa_config, settings};
use crate::protocol::Handler;

impl Handler<App> for ops::SetUserPoolMfaConfig {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetUserPoolMfaConfigRequest,
    ) -> Result<SetUserPoolMfaConfigResponse, Error> {
        let request = PoolMfaRequest {
            mode: input.mfa_configuration.map(settings::mfa),
            sms: input.sms_mfa_configuration.map(|block| SmsFactorRequest {
                message: block.sms_authentication_message,
                settings: block.sms_configuration.map(settings::sms),
            }),
            software_token: input
                .software_token_mfa_configuration
                .map(|block| block.enabled == Some(true)),
            email: input.email_mfa_configuration.map(|block| EmailFactor {
                message: block.message,
                subject: block.subject,
            }),
            web_authn: input.web_authn_configuration.map(mfa_config::web_authn),
        };
        let pool = user_pools::set_mfa(app, context, &input.user_pool_id, request).await?;
        Ok(mfa_config::describe(&pool))
    }
}
