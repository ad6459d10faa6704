//! AdminSetUserMFAPreference (administration 2.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::mfa::preferences;
use crate::flows::users::accounts;
use crate::model::{AdminSetUserMFAPreferenceRequest, AdminSetUserMFAPreferenceResponse, ops};
use crate::operations::Error;
use crate::operations::mfa::factors::{Blocks, changes, passkey_as_both};
use crate::protocol::Handler;

impl Handler<App> for ops::AdminSetUserMFAPreference {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminSetUserMFAPreferenceRequest,
    ) -> Result<AdminSetUserMFAPreferenceResponse, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.username);
        let (pool, user) = accounts::find(app, context, pool_id, name).await?;
        let changes = changes(Blocks {
            sms: input.sms_mfa_settings,
            software_token: input.software_token_mfa_settings,
            email: input.email_mfa_settings,
        });
        let passkey = passkey_as_both(input.web_authn_mfa_settings.as_ref());
        let of = (&*pool, &user);
        preferences::set(app, context, of, &changes, passkey).await?;
        Ok(AdminSetUserMFAPreferenceResponse {})
    }
}
