//! AdminGetUser (behaviour 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::accounts;
use crate::model::{AdminGetUserRequest, AdminGetUserResponse, ops};
use crate::operations::Error;
use crate::operations::{convert, mfa};
use crate::protocol::Handler;

impl Handler<App> for ops::AdminGetUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminGetUserRequest,
    ) -> Result<AdminGetUserResponse, Error> {
        let (_, user) = accounts::find(app, context, &input.user_pool_id, &input.username).await?;
        Ok(AdminGetUserResponse {
            user_attributes: Some(convert::attributes(&user, |_| true)),
            user_create_date: Some(convert::epoch(user.created_at)),
            user_last_modified_date: Some(convert::epoch(user.modified_at)),
            enabled: Some(user.enabled),
            user_status: Some(convert::status(user.status)),
            mfa_options: mfa::mfa_options(&user.mfa),
            preferred_mfa_setting: mfa::preferred(&user.mfa),
            user_mfa_setting_list: mfa::setting_list(&user.mfa),
            username: user.username,
        })
    }
}
