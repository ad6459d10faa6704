//! SetUserMFAPreference (administration 2.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::authentication::authorize;
use crate::flows::mfa::preferences;
use crate::model::{SetUserMFAPreferenceRequest, SetUserMFAPreferenceResponse, ops};
use crate::operations::Error;
use crate::operations::mfa::factors::{Blocks, changes, passkey_as_both};
use crate::protocol::Handler;

impl Handler<App> for ops::SetUserMFAPreference {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetUserMFAPreferenceRequest,
    ) -> Result<SetUserMFAPreferenceResponse, Error> {
        let caller = authorize::authorize(app, context, &input.access_token.into()).await?;
        let changes = changes(Blocks {
            sms: input.sms_mfa_settings,
            software_token: input.software_token_mfa_settings,
            email: input.email_mfa_settings,
        });
        let passkey = passkey_as_both(input.web_authn_mfa_settings.as_ref());
        let of = (&*caller.pool, &caller.user);
        preferences::set(app, context, of, &changes, passkey).await?;
        Ok(SetUserMFAPreferenceResponse {})
    }
}
