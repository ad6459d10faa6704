//! ListTerms (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::terms;
use crate::model::{ListTermsRequest, ListTermsResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::terms::{MAX_PAGE, description};
use crate::protocol::Handler;

impl Handler<App> for ops::ListTerms {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListTermsRequest,
    ) -> Result<ListTermsResponse, Error> {
        let limit = convert::page_size(input.max_results, MAX_PAGE);
        let token = input.next_token.as_deref();
        let page = terms::list(app, context, &input.user_pool_id, limit, token).await?;
        Ok(ListTermsResponse {
            terms: page.items.into_iter().map(description::listed).collect(),
            next_token: page.next,
        })
    }
}
