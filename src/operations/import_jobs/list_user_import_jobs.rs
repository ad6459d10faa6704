//! ListUserImportJobs (administration 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::import_jobs::jobs;
use crate::model::{ListUserImportJobsRequest, ListUserImportJobsResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::import_jobs::description;
use crate::protocol::Handler;

/// The most jobs of a page: fewer than may be asked for, since the list that is answered may have no more.
const MAX_PAGE: i32 = 50;

impl Handler<App> for ops::ListUserImportJobs {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUserImportJobsRequest,
    ) -> Result<ListUserImportJobsResponse, Error> {
        let limit = convert::page_size(Some(input.max_results), MAX_PAGE);
        let token = input.pagination_token.as_deref();
        let page = jobs::list(app, context, &input.user_pool_id, limit, token).await?;
        Ok(ListUserImportJobsResponse {
            user_import_jobs: Some(page.items.into_iter().map(description::job).collect()),
            pagination_token: page.next,
        })
    }
}
