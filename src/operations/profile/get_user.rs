//! GetUser (behaviour 2.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::permissions::may_read;
use crate::flows::authentication::authorize;
use crate::model::{GetUserRequest, GetUserResponse, ops};
use crate::operations::Error;
use crate::operations::{convert, mfa};
use crate::protocol::Handler;

impl Handler<App> for ops::GetUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserRequest,
    ) -> Result<GetUserResponse, Error> {
        let caller = authorize::authorize(app, context, &input.access_token.into()).await?;
        let (client, schema) = (&caller.client.settings, &caller.pool.settings.schema);
        Ok(GetUserResponse {
            user_attributes: convert::attributes(&caller.user, |name| {
                may_read(client, schema, name)
            }),
            mfa_options: mfa::mfa_options(&caller.user.mfa),
            preferred_mfa_setting: mfa::preferred(&caller.user.mfa),
            user_mfa_setting_list: mfa::setting_list(&caller.user.mfa),
            username: caller.user.username,
        })
    }
}
