//! GetUserPoolMfaConfig.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::user_pool::MfaMode;
use crate::flows::lookup;
use crate::model::{
    GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse, SmsMfaConfigType, ops,
};
use crate::operations::Error;
use crate::operations::user_pools::description;
use crate::protocol::Handler;

impl Handler<App> for ops::GetUserPoolMfaConfig {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserPoolMfaConfigRequest,
    ) -> Result<GetUserPoolMfaConfigResponse, Error> {
        let pool = lookup::pool(app, context, &input.user_pool_id).await?;
        let settings = &pool.settings;
        // The only second factor that can be configured is SMS, when the pool is created or updated.
        let sms = settings
            .sms
            .clone()
            .filter(|_| settings.mfa != MfaMode::Off);
        Ok(GetUserPoolMfaConfigResponse {
            sms_mfa_configuration: sms.map(|sms| SmsMfaConfigType {
                sms_authentication_message: settings
                    .verification_message
                    .sms_authentication
                    .clone(),
                sms_configuration: Some(description::sms_configuration(sms, &pool.region)),
            }),
            mfa_configuration: Some(description::mfa(settings.mfa)),
            ..GetUserPoolMfaConfigResponse::default()
        })
    }
}
