//! SetUserPoolSessionConfiguration (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::session_tracking::SessionTracking;
use crate::flows::session_tracking;
use crate::model::{
    SetUserPoolSessionConfigurationRequest, SetUserPoolSessionConfigurationResponse,
    UserSessionTrackingType, ops,
};
use crate::operations::Error;
use crate::operations::sessions::session_configuration;
use crate::protocol::Handler;

impl Handler<App> for ops::SetUserPoolSessionConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetUserPoolSessionConfigurationRequest,
    ) -> Result<SetUserPoolSessionConfigurationResponse, Error> {
        let tracking = SessionTracking {
            enabled: input.user_session_tracking == UserSessionTrackingType::Enabled,
            max_per_user: input.token_session.max_per_user,
        };
        session_tracking::configure_pool(app, context, &input.user_pool_id, tracking).await?;
        let (tracking, token_session) = session_configuration::described(tracking);
        Ok(SetUserPoolSessionConfigurationResponse {
            user_pool_id: Some(input.user_pool_id),
            user_session_tracking: Some(tracking),
            token_session: Some(token_session),
        })
    }
}
