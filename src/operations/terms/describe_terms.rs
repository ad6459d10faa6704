//! DescribeTerms (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::terms;
use crate::model::{DescribeTermsRequest, DescribeTermsResponse, ops};
use crate::operations::Error;
use crate::operations::terms::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeTerms {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeTermsRequest,
    ) -> Result<DescribeTermsResponse, Error> {
        let terms = terms::get(app, context, &input.user_pool_id, &input.terms_id).await?;
        Ok(DescribeTermsResponse {
            terms: Some(description::terms(terms)),
        })
    }
}
