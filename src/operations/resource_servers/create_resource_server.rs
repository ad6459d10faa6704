//! CreateResourceServer (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::resource_servers;
use crate::model::{CreateResourceServerRequest, CreateResourceServerResponse, ops};
use crate::operations::Error;
use crate::operations::resource_servers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::CreateResourceServer {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CreateResourceServerRequest,
    ) -> Result<CreateResourceServerResponse, Error> {
        let given = description::given(input.identifier, input.name, input.scopes);
        let server = resource_servers::create(app, context, &input.user_pool_id, given).await?;
        Ok(CreateResourceServerResponse {
            resource_server: description::resource_server(server),
        })
    }
}
