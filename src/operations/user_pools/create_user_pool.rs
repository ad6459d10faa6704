//! CreateUserPool.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pools;
use crate::model::{CreateUserPoolRequest, CreateUserPoolResponse, ops};
use crate::operations::Error;
use crate::operations::user_pools::{description, settings};
use crate::protocol::Handler;

impl Handler<App> for ops::CreateUserPool {
    async fn handle(
        app: &App,
        context: &RequestContext,
        mut input: CreateUserPoolRequest,
    ) -> Result<CreateUserPoolResponse, Error> {
        let name = std::mem::take(&mut input.pool_name);
        let (create_only, request) = settings::of_new_pool(input);
        let settings = request.create(&create_only)?;
        let pool = user_pools::create(app, context, &name, &settings).await?;
        Ok(CreateUserPoolResponse {
            user_pool: Some(description::describe(app, pool, 0)),
        })
    }
}
