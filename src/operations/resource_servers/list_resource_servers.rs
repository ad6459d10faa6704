//! ListResourceServers (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::resource_servers;
use crate::model::{ListResourceServersRequest, ListResourceServersResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::resource_servers::{MAX_PAGE, description};
use crate::protocol::Handler;

impl Handler<App> for ops::ListResourceServers {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListResourceServersRequest,
    ) -> Result<ListResourceServersResponse, Error> {
        let limit = convert::page_size(input.max_results, MAX_PAGE);
        let token = input.next_token.as_deref();
        let page = resource_servers::list(app, context, &input.user_pool_id, limit, token).await?;
        let servers = page.items.into_iter().map(description::resource_server);
        Ok(ListResourceServersResponse {
            resource_servers: servers.collect(),
            next_token: page.next,
        })
    }
}
