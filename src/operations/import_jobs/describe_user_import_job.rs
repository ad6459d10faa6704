//! DescribeUserImportJob (administration 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::import_jobs::jobs;
use crate::model::{DescribeUserImportJobRequest, DescribeUserImportJobResponse, ops};
use crate::operations::Error;
use crate::operations::import_jobs::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeUserImportJob {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeUserImportJobRequest,
    ) -> Result<DescribeUserImportJobResponse, Error> {
        let job = jobs::describe(app, context, &input.user_pool_id, &input.job_id).await?;
        Ok(DescribeUserImportJobResponse {
            user_import_job: Some(description::job(job)),
        })
    }
}
