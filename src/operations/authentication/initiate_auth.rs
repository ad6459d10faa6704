//! InitiateAuth (behaviour 5.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AuthFlow;
use crate::domain::failure::Failure;
use crate::flows::authentication::password::{by_password, check_flow};
use crate::flows::authentication::refresh::{self, Proof};
use crate::flows::authentication::srp;
use crate::flows::lookup;
use crate::model::{AuthFlowType, InitiateAuthRequest, InitiateAuthResponse, ops};
use crate::operations::Error;
use crate::operations::authentication::outcome::{Parameters, Step, result};
use crate::protocol::Handler;

impl Handler<App> for ops::InitiateAuth {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: InitiateAuthRequest,
    ) -> Result<InitiateAuthResponse, Error> {
        let client_context = lookup::client_context(app, &input.client_id).await?;
        let parameters = Parameters(input.auth_parameters.unwrap_or_default());
        let outcome = match input.auth_flow {
            AuthFlowType::UserPasswordAuth => {
                check_flow(&client_context, AuthFlow::UserPassword)?;
                let username = parameters.username()?;
                let password = parameters.required("PASSWORD")?.to_owned().into();
                let hash = parameters.optional("SECRET_HASH");
                lookup::check_secret_hash(app, &client_context.client, username, hash)?;
                by_password(app, context, &client_context, username, &password).await?
            }
            AuthFlowType::UserSrpAuth => {
                check_flow(&client_context, AuthFlow::UserSrp)?;
                let username = parameters.username()?;
                let srp_a = parameters.required("SRP_A")?;
                let hash = parameters.optional("SECRET_HASH");
                lookup::check_secret_hash(app, &client_context.client, username, hash)?;
                srp::begin(app, context, &client_context, username, srp_a).await?
            }
            AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => {
                let token = parameters.required("REFRESH_TOKEN")?.to_owned().into();
                let proof = Proof::Hash(parameters.optional("SECRET_HASH"));
                let tokens =
                    refresh::refresh(app, context, &client_context, &token, &proof).await?;
                return Ok(InitiateAuthResponse {
                    challenge_parameters: Some(std::collections::BTreeMap::new()),
                    authentication_result: Some(result(&tokens)),
                    ..InitiateAuthResponse::default()
                });
            }
            AuthFlowType::CustomAuth => {
                check_flow(&client_context, AuthFlow::Custom)?;
                return Err(Failure::CustomAuthNotConfigured.into());
            }
            AuthFlowType::UserAuth => {
                // Choice-based sign-in is not implemented, so it is refused even where the client
                // allows it.
                return Err(Failure::FlowNotEnabled(AuthFlow::User).into());
            }
            AuthFlowType::AdminNoSrpAuth | AuthFlowType::AdminUserPasswordAuth => {
                return Err(Failure::FlowNotSupported.into());
            }
        };
        let step = Step::of(outcome)?;
        Ok(InitiateAuthResponse {
            challenge_name: step.challenge,
            session: step.session,
            challenge_parameters: Some(step.parameters),
            authentication_result: step.result,
            available_challenges: None,
        })
    }
}
