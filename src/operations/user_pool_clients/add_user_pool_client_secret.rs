//! AddUserPoolClientSecret (administration 5).

use secrecy::ExposeSecret;

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::client_secrets;
use crate::model::{
    AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse, ClientSecretDescriptorType,
    ops,
};
use crate::operations::Error;
use crate::operations::user_pool_clients::description::secret_descriptor;
use crate::protocol::Handler;

impl Handler<App> for ops::AddUserPoolClientSecret {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AddUserPoolClientSecretRequest,
    ) -> Result<AddUserPoolClientSecretResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.client_id.as_str());
        let given = input.client_secret.map(Into::into);
        let (secret, generated) = client_secrets::add(app, context, of, given).await?;
        Ok(AddUserPoolClientSecretResponse {
            client_secret_descriptor: Some(ClientSecretDescriptorType {
                client_secret_value: generated.map(|secret| secret.expose_secret().to_owned()),
                ..secret_descriptor(&input.client_id, &secret)
            }),
        })
    }
}
