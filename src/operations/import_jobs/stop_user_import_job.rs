//! StopUserImportJob (administration 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::import_jobs::jobs;
use crate::model::{StopUserImportJobRequest, StopUserImportJobResponse, ops};
use crate::operations::Error;
use crate::operations::import_jobs::description;
use crate::protocol::Handler;

impl Handler<App> for ops::StopUserImportJob {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: StopUserImportJobRequest,
    ) -> Result<StopUserImportJobResponse, Error> {
        let job = jobs::stop(app, context, &input.user_pool_id, &input.job_id).await?;
        Ok(StopUserImportJobResponse {
            user_import_job: Some(description::job(job)),
        })
    }
}
