//! CreateUserImportJob (administration 9).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::import_jobs::jobs::{self, NewJob};
use crate::model::{CreateUserImportJobRequest, CreateUserImportJobResponse, ops};
use crate::operations::Error;
use crate::operations::import_jobs::description;
use crate::protocol::Handler;

impl Handler<App> for ops::CreateUserImportJob {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CreateUserImportJobRequest,
    ) -> Result<CreateUserImportJobResponse, Error> {
        let new = NewJob {
            name: input.job_name,
            role_arn: input.cloud_watch_logs_role_arn,
            algorithm: input.password_hashing_algorithm.map(description::algorithm),
        };
        let job = jobs::create(app, context, &input.user_pool_id, new).await?;
        Ok(CreateUserImportJobResponse {
            user_import_job: Some(description::job(job)),
        })
    }
}
