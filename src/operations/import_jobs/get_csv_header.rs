//! GetCSVHeader (administration 9.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::import_jobs::jobs;
use crate::model::{GetCSVHeaderRequest, GetCSVHeaderResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::GetCSVHeader {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetCSVHeaderRequest,
    ) -> Result<GetCSVHeaderResponse, Error> {
        let columns = jobs::csv_header(app, context, &input.user_pool_id).await?;
        Ok(GetCSVHeaderResponse {
            user_pool_id: Some(input.user_pool_id),
            csv_header: Some(columns),
        })
    }
}
