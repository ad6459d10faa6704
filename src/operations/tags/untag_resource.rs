//! UntagResource (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::tags;
use crate::model::{UntagResourceRequest, UntagResourceResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::UntagResource {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UntagResourceRequest,
    ) -> Result<UntagResourceResponse, Error> {
        tags::remove(app, context, &input.resource_arn, &input.tag_keys).await?;
        Ok(UntagResourceResponse {})
    }
}
