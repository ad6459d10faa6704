//! GetUser (behaviour 2.5).

use crate::app::App;
use crate::domain::permissions::may_read;
use crate::flows::authentication::authorize;
use crate::model::{GetUserRequest, GetUserResponse, ops};
use crate::operations::convert;
use crate::protocol::{Call, Error, Handler};

impl Handler<App> for ops::GetUser {
    async fn handle(
        app: &App,
        call: &Call,
        input: GetUserRequest,
    ) -> Result<GetUserResponse, Error> {
        let by = authorize::authorize(app, &input.access_token.into(), call.now).await?;
        let (client, schema) = (&by.client.settings, &by.pool.settings.schema);
        Ok(GetUserResponse {
            user_attributes: convert::attributes(&by.user, |name| may_read(client, schema, name)),
            username: by.user.username,
            ..GetUserResponse::default()
        })
    }
}
