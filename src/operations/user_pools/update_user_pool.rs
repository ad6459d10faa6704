//! UpdateUserPool.

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::user_pools;
use crate::model::{UpdateUserPoolRequest, UpdateUserPoolResponse, ops};
use crate::operations::Error;
use crate::operations::user_pools::settings;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateUserPool {
    async fn handle(
        app: &App,
        context: &RequestContext,
        mut input: UpdateUserPoolRequest,
    ) -> Result<UpdateUserPoolResponse, Error> {
        let pool_id = std::mem::take(&mut input.user_pool_id);
        let name = input.pool_name.take();
        let request = settings::of_request(input);
        user_pools::update(app, context, &pool_id, name, request).await?;
        Ok(UpdateUserPoolResponse {})
    }
}
