//! ListIdentityProviders (administration 4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::identity_providers;
use crate::model::{ListIdentityProvidersRequest, ListIdentityProvidersResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::operations::identity_providers::{MAX_PAGE, description};
use crate::protocol::Handler;

impl Handler<App> for ops::ListIdentityProviders {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListIdentityProvidersRequest,
    ) -> Result<ListIdentityProvidersResponse, Error> {
        let limit = convert::page_size(input.max_results, MAX_PAGE);
        let token = input.next_token.as_deref();
        let pool_id = &input.user_pool_id;
        let page = identity_providers::list(app, context, pool_id, limit, token).await?;
        Ok(ListIdentityProvidersResponse {
            providers: page.items.into_iter().map(description::listed).collect(),
            next_token: page.next,
        })
    }
}
