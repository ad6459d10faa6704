//! ListUserPoolClientSecrets (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::client_secrets;
use crate::model::{ListUserPoolClientSecretsRequest, ListUserPoolClientSecretsResponse, ops};
use crate::operations::Error;
use crate::operations::user_pool_clients::description::secret_descriptor;
use crate::protocol::Handler;

impl Handler<App> for ops::ListUserPoolClientSecrets {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUserPoolClientSecretsRequest,
    ) -> Result<ListUserPoolClientSecretsResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.client_id.as_str());
        let secrets = client_secrets::list(app, context, of).await?;
        // There is one page only, so that no token is one of this list's.
        if let Some(token) = input.next_token {
            return Err(Failure::InvalidPageToken(token).into());
        }
        let secrets = secrets.iter();
        Ok(ListUserPoolClientSecretsResponse {
            client_secrets: Some(
                secrets
                    .map(|secret| secret_descriptor(&input.client_id, secret))
                    .collect(),
            ),
            next_token: None,
        })
    }
}
