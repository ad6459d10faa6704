//! DescribeTermsByClient (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::terms;
use crate::model::{DescribeTermsByClientRequest, DescribeTermsByClientResponse, ops};
use crate::operations::Error;
use crate::operations::terms::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeTermsByClient {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeTermsByClientRequest,
    ) -> Result<DescribeTermsByClientResponse, Error> {
        let client = (input.user_pool_id.as_str(), input.client_id.as_str());
        let terms = terms::get_by_client(app, context, client, &input.terms_name).await?;
        Ok(DescribeTermsByClientResponse {
            terms: Some(description::terms(terms)),
        })
    }
}
