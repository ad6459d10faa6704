//! StartUserImportJob (administration 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::import_jobs::jobs;
use crate::model::{StartUserImportJobRequest, StartUserImportJobResponse, ops};
use crate::operations::Error;
use crate::operations::import_jobs::description;
use crate::protocol::Handler;

impl Handler<App> for ops::StartUserImportJob {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: StartUserImportJobRequest,
    ) -> Result<StartUserImportJobResponse, Error> {
        let job = jobs::start(app, context, &input.user_pool_id, &input.job_id).await?;
        Ok(StartUserImportJobResponse {
            user_import_job: Some(description::job(job)),
        })
    }
}
