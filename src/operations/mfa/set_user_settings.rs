//! SetUserSettings (administration 2.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::authentication::authorize;
use crate::flows::mfa::preferences;
use crate::model::{SetUserSettingsRequest, SetUserSettingsResponse, ops};
use crate::operations::Error;
use crate::operations::mfa::factors::sms_of;
use crate::protocol::Handler;

impl Handler<App> for ops::SetUserSettings {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetUserSettingsRequest,
    ) -> Result<SetUserSettingsResponse, Error> {
        let caller = authorize::authorize(app, context, &input.access_token.into()).await?;
        let is_on = sms_of(&input.mfa_options)?;
        preferences::set_sms(app, context, &caller.pool, &caller.user, is_on).await?;
        Ok(SetUserSettingsResponse {})
    }
}
