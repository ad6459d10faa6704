//! CreateTerms (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::terms;
use crate::model::{CreateTermsRequest, CreateTermsResponse, ops};
use crate::operations::Error;
use crate::operations::terms::description;
use crate::protocol::Handler;

impl Handler<App> for ops::CreateTerms {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: CreateTermsRequest,
    ) -> Result<CreateTermsResponse, Error> {
        let client = (input.user_pool_id.as_str(), input.client_id.as_str());
        let links = input.links.unwrap_or_default();
        let terms = terms::create(app, context, client, &input.terms_name, &links).await?;
        Ok(CreateTermsResponse {
            terms: Some(description::terms(terms)),
        })
    }
}
