//! GetUserPoolClientSessionConfiguration (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::session_tracking::SSO_SESSION_MINUTES;
use crate::flows::user_pool_clients;
use crate::model::{
    ClientSSOSessionConfigType, GetUserPoolClientSessionConfigurationRequest,
    GetUserPoolClientSessionConfigurationResponse, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::GetUserPoolClientSessionConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserPoolClientSessionConfigurationRequest,
    ) -> Result<GetUserPoolClientSessionConfigurationResponse, Error> {
        let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
        let client = user_pool_clients::find(app, context, pool_id, client_id).await?;
        let minutes = client.settings.sso_session_minutes;
        Ok(GetUserPoolClientSessionConfigurationResponse {
            user_pool_id: Some(input.user_pool_id),
            client_id: Some(input.client_id),
            sso_session: Some(ClientSSOSessionConfigType {
                max_validity_minutes: minutes.unwrap_or(SSO_SESSION_MINUTES),
            }),
        })
    }
}
