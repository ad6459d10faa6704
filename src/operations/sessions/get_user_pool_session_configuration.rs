//! GetUserPoolSessionConfiguration (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::lookup;
use crate::model::{
    GetUserPoolSessionConfigurationRequest, GetUserPoolSessionConfigurationResponse, ops,
};
use crate::operations::Error;
use crate::operations::sessions::session_configuration;
use crate::protocol::Handler;

impl Handler<App> for ops::GetUserPoolSessionConfiguration {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserPoolSessionConfigurationRequest,
    ) -> Result<GetUserPoolSessionConfigurationResponse, Error> {
        let pool = lookup::pool(app, context, &input.user_pool_id).await?;
        let (tracking, token_session) =
            session_configuration::described(pool.settings.session_tracking());
        Ok(GetUserPoolSessionConfigurationResponse {
            user_pool_id: Some(input.user_pool_id),
            user_session_tracking: Some(tracking),
            token_session: Some(token_session),
        })
    }
}
