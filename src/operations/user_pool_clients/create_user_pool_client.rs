//! CreateUserPoolClient.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pool_clients;
use crate::model::{CreateUserPoolClientRequest, CreateUserPoolClientResponse, ops};
use crate::operations::Error;
use crate::operations::user_pool_clients::{description, settings};
use crate::protocol::Handler;

impl Handler<App> for ops::CreateUserPoolClient {
    async fn handle(
        app: &App,
        context: &RequestContext,
        mut input: CreateUserPoolClientRequest,
    ) -> Result<CreateUserPoolClientResponse, Error> {
        let pool_id = std::mem::take(&mut input.user_pool_id);
        let name = std::mem::take(&mut input.client_name);
        let secret = settings::secret(&mut input)?;
        let request = settings::of_new_client(input);
        let client =
            user_pool_clients::create(app, context, &pool_id, &name, secret, request).await?;
        Ok(CreateUserPoolClientResponse {
            user_pool_client: Some(description::describe(app, client)?),
        })
    }
}
