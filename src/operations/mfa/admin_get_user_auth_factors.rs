//! AdminGetUserAuthFactors (administration 2.5).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::mfa::auth_factors;
use crate::flows::users::accounts;
use crate::model::{AdminGetUserAuthFactorsRequest, AdminGetUserAuthFactorsResponse, ops};
use crate::operations::Error;
use crate::operations::mfa::factors;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminGetUserAuthFactors {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminGetUserAuthFactorsRequest,
    ) -> Result<AdminGetUserAuthFactorsResponse, Error> {
        let (pool_id, name) = (&input.user_pool_id, &input.username);
        let (pool, user) = accounts::find(app, context, pool_id, name).await?;
        let factors = auth_factors::of_user(app, &pool, &user).await?;
        Ok(AdminGetUserAuthFactorsResponse {
            username: user.username.clone(),
            preferred_mfa_setting: factors::preferred(&user.mfa),
            user_mfa_setting_list: factors::setting_list(&user.mfa),
            configured_user_auth_factors: Some(factors::configured(&factors)),
        })
    }
}
