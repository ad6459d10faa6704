//! AdminSetUserSettings (administration 2.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::mfa::preferences;
use crate::flows::users::accounts;
use crate::model::{AdminSetUserSettingsRequest, AdminSetUserSettingsResponse, ops};
use crate::operations::Error;
use crate::operations::mfa::factors::sms_of;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminSetUserSettings {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminSetUserSettingsRequest,
    ) -> Result<AdminSetUserSettingsResponse, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.username);
        let (pool, user) = accounts::find(app, context, pool_id, name).await?;
        let is_on = sms_of(&input.mfa_options)?;
        preferences::set_sms(app, context, &pool, &user, is_on).await?;
        Ok(AdminSetUserSettingsResponse {})
    }
}
