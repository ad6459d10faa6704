//! SetUserPoolClientSessionConfiguration (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::session_tracking;
use crate::model::{
    SetUserPoolClientSessionConfigurationRequest, SetUserPoolClientSessionConfigurationResponse,
    ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::SetUserPoolClientSessionConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetUserPoolClientSessionConfigurationRequest,
    ) -> Result<SetUserPoolClientSessionConfigurationResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.client_id.as_str());
        let minutes = input.sso_session.max_validity_minutes;
        session_tracking::configure_client(app, context, of, minutes).await?;
        Ok(SetUserPoolClientSessionConfigurationResponse {
            user_pool_id: Some(input.user_pool_id),
            client_id: Some(input.client_id),
            sso_session: Some(input.sso_session),
        })
    }
}
