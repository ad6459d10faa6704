//! GetUserAuthFactors (administration 2.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::authentication::authorize;
use crate::flows::mfa::auth_factors;
use crate::model::{GetUserAuthFactorsRequest, GetUserAuthFactorsResponse, ops};
use crate::operations::Error;
use crate::operations::mfa::factors;
use crate::protocol::Handler;

impl Handler<App> for ops::GetUserAuthFactors {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUserAuthFactorsRequest,
    ) -> Result<GetUserAuthFactorsResponse, Error> {
        let caller = authorize::authorize(app, context, &input.access_token.into()).await?;
        let (pool, user) = (&caller.pool, &caller.user);
        let factors = auth_factors::of_user(app, pool, user).await?;
        Ok(GetUserAuthFactorsResponse {
            username: user.username.clone(),
            preferred_mfa_setting: factors::preferred(&user.mfa),
            user_mfa_setting_list: factors::setting_list(&user.mfa),
            configured_user_auth_factors: Some(factors::configured(&factors)),
        })
    }
}
