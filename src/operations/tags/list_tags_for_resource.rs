//! ListTagsForResource (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::tags;
use crate::model::{ListTagsForResourceRequest, ListTagsForResourceResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::ListTagsForResource {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, Error> {
        let tags = tags::list(app, context, &input.resource_arn).await?;
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
