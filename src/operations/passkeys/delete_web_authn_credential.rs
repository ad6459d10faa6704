//! DeleteWebAuthnCredential (administration 12.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::passkeys::own;
use crate::model::{DeleteWebAuthnCredentialRequest, DeleteWebAuthnCredentialResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::DeleteWebAuthnCredential {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DeleteWebAuthnCredentialRequest,
    ) -> Result<DeleteWebAuthnCredentialResponse, Error> {
        let token = input.access_token.into();
        own::delete(app, context, &token, &input.credential_id).await?;
        Ok(DeleteWebAuthnCredentialResponse::default())
    }
}
