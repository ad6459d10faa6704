//! DeleteUserPoolClientSecret (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::client_secrets;
use crate::model::{DeleteUserPoolClientSecretRequest, DeleteUserPoolClientSecretResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteUserPoolClientSecret {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteUserPoolClientSecretRequest,
    ) -> Result<DeleteUserPoolClientSecretResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.client_id.as_str());
        client_secrets::delete(app, context, of, &input.client_secret_id).await?;
        Ok(DeleteUserPoolClientSecretResponse::default())
    }
}
