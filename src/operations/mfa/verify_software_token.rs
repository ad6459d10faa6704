//! VerifySoftwareToken (behaviour 5.6).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::authentication::authorize;
use crate::flows::mfa::software_token;
use crate::model::{
    VerifySoftwareTokenRequest, VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::VerifySoftwareToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: VerifySoftwareTokenRequest,
    ) -> Result<VerifySoftwareTokenResponse, Error> {
        let (code, name) = (&input.user_code, input.friendly_device_name.as_deref());
        let session = if let Some(token) = input.access_token {
            let caller = authorize::authorize(app, context, &token.into()).await?;
            software_token::verify(app, context, &caller, code, name).await?;
            None
        } else {
            let session = input.session.ok_or(Failure::NoTokenOrSession)?;
            let next =
                software_token::verify_in_sign_in(app, context, &session, code, name).await?;
            Some(next)
        };
        Ok(VerifySoftwareTokenResponse {
            status: Some(VerifySoftwareTokenResponseType::Success),
            session,
        })
    }
}
