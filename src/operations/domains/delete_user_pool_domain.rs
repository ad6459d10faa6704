//! DeleteUserPoolDomain (administration 6.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::domains;
use crate::model::{DeleteUserPoolDomainRequest, DeleteUserPoolDomainResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUserPoolDomain {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserPoolDomainRequest,
    ) -> Result<DeleteUserPoolDomainResponse, Error> {
        domains::delete(app, context, &input.user_pool_id, &input.domain).await?;
        Ok(DeleteUserPoolDomainResponse {})
    }
}
