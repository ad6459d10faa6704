//! TagResource (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::tags;
use crate::model::{TagResourceRequest, TagResourceResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::TagResource {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: TagResourceRequest,
    ) -> Result<TagResourceResponse, Error> {
        tags::add(app, context, &input.resource_arn, input.tags).await?;
        Ok(TagResourceResponse {})
    }
}
