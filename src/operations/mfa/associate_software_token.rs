//! AssociateSoftwareToken (behaviour 5.6).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::authentication::authorize;
use crate::flows::mfa::software_token;
use crate::model::{AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AssociateSoftwareToken {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AssociateSoftwareTokenRequest,
    ) -> Result<AssociateSoftwareTokenResponse, Error> {
        if let Some(token) = input.access_token {
            let caller = authorize::authorize(app, context, &token.into()).await?;
            let secret = software_token::associate(app, &caller).await?;
            return Ok(AssociateSoftwareTokenResponse {
                secret_code: Some(secret),
                session: None,
            });
        }
        let session = input.session.ok_or(Failure::NoTokenOrSession)?;
        let (secret, session) =
            software_token::associate_in_sign_in(app, context, &session).await?;
        Ok(AssociateSoftwareTokenResponse {
            secret_code: Some(secret),
            session: Some(session),
        })
    }
}
