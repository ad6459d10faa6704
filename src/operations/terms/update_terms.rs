//! UpdateTerms (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::terms::TermsChange;
use crate::flows::terms;
use crate::model::{UpdateTermsRequest, UpdateTermsResponse, ops};
use crate::operations::Error;
use crate::operations::terms::description;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateTerms {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateTermsRequest,
    ) -> Result<UpdateTermsResponse, Error> {
        // TermsSource and Enforcement have one value each, so that nothing of them can be changed.
        let change = TermsChange {
            name: input.terms_name,
            links: input.links,
        };
        let (pool_id, id) = (&input.user_pool_id, &input.terms_id);
        let terms = terms::update(app, context, pool_id, id, change).await?;
        Ok(UpdateTermsResponse {
            terms: Some(description::terms(terms)),
        })
    }
}
