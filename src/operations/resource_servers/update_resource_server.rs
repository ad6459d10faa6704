//! UpdateResourceServer (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::resource_servers;
use crate::model::{UpdateResourceServerRequest, UpdateResourceServerResponse, ops};
use crate::operations::Error;
use crate::operations::resource_servers::description;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateResourceServer {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateResourceServerRequest,
    ) -> Result<UpdateResourceServerResponse, Error> {
        let given = description::given(input.identifier, input.name, input.scopes);
        let server = resource_servers::update(app, context, &input.user_pool_id, given).await?;
        Ok(UpdateResourceServerResponse {
            resource_server: description::resource_server(server),
        })
    }
}
