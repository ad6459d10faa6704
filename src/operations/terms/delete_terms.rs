//! DeleteTerms (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::terms;
use crate::model::{DeleteTermsRequest, Empty, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteTerms {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteTermsRequest,
    ) -> Result<Empty, Error> {
        terms::delete(app, context, &input.user_pool_id, &input.terms_id).await?;
        Ok(Empty {})
    }
}
