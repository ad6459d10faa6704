//! UpdateUserPoolClient.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pool_clients;
use crate::model::{UpdateUserPoolClientRequest, UpdateUserPoolClientResponse, ops};
use crate::operations::Error;
use crate::operations::user_pool_clients::{description, settings};
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateUserPoolClient {
    async fn handle(
        app: &App,
        context: &RequestContext,
        mut input: UpdateUserPoolClientRequest,
    ) -> Result<UpdateUserPoolClientResponse, Error> {
        let pool_id = std::mem::take(&mut input.user_pool_id);
        let client_id = std::mem::take(&mut input.client_id);
        let name = input.client_name.take();
        let request = settings::of_request(input);
        let client =
            user_pool_clients::update(app, context, &pool_id, &client_id, name, request).await?;
        Ok(UpdateUserPoolClientResponse {
            user_pool_client: Some(description::describe(app, client)?),
        })
    }
}
