//! AdminCreateUser (behaviour 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::users::admin_create_user::{self, AdminCreateUser, Invitation};
use crate::model::{AdminCreateUserRequest, AdminCreateUserResponse, MessageActionType, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminCreateUser {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminCreateUserRequest,
    ) -> Result<AdminCreateUserResponse, Error> {
        let media = input
            .desired_delivery_mediums
            .filter(|media| !media.is_empty())
            .map(|media| media.into_iter().map(convert::contact).collect());
        let request = AdminCreateUser {
            username: input.username,
            temporary_password: input.temporary_password.map(Into::into),
            attributes: convert::attribute_inputs(input.user_attributes),
            force_alias: input.force_alias_creation.unwrap_or(false),
            invitation: match input.message_action {
                None => Invitation::Send(media),
                Some(MessageActionType::Suppress) => Invitation::Suppress,
                Some(MessageActionType::Resend) => Invitation::Resend(media),
            },
            validation_data: convert::validation_data(input.validation_data),
        };
        let user = admin_create_user::create(app, context, &input.user_pool_id, &request).await?;
        Ok(AdminCreateUserResponse {
            user: Some(convert::user(&user, |_| true)),
        })
    }
}
