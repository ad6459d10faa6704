//! ListWebAuthnCredentials (administration 12.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::passkey::{Attachment, Passkey};
use crate::flows::passkeys::own;
use crate::model::{
    ListWebAuthnCredentialsRequest, ListWebAuthnCredentialsResponse, WebAuthnCredentialDescription,
    ops,
};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

impl Handler<App> for ops::ListWebAuthnCredentials {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListWebAuthnCredentialsRequest,
    ) -> Result<ListWebAuthnCredentialsResponse, Error> {
        // 0 stands for no limit.
        let limit = input.max_results.filter(|limit| *limit != 0);
        let (passkeys, next_token) = own::list(
            app,
            context,
            &input.access_token.into(),
            limit,
            input.next_token.as_deref(),
        )
        .await?;
        Ok(ListWebAuthnCredentialsResponse {
            credentials: passkeys.into_iter().map(described).collect(),
            next_token,
        })
    }
}

fn described(passkey: Passkey) -> WebAuthnCredentialDescription {
    WebAuthnCredentialDescription {
        credential_id: passkey.credential_id,
        friendly_credential_name: passkey.friendly_name,
        relying_party_id: passkey.relying_party_id,
        authenticator_attachment: passkey
            .attachment
            .map(Attachment::as_str)
            .map(ToOwned::to_owned),
        authenticator_transports: passkey.transports,
        created_at: convert::epoch(passkey.created_at),
    }
}
