//! RespondToAuthChallenge (behaviour 5.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::authentication::new_password::{self, NewPassword};
use crate::flows::authentication::srp;
use crate::flows::lookup;
use crate::model::{
    ChallengeNameType, RespondToAuthChallengeRequest, RespondToAuthChallengeResponse, ops,
};
use crate::operations::Error;
use crate::operations::authentication::outcome::{Parameters, Step};
use crate::protocol::Handler;

impl Handler<App> for ops::RespondToAuthChallenge {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: RespondToAuthChallengeRequest,
    ) -> Result<RespondToAuthChallengeResponse, Error> {
        let client_context = lookup::client_context(app, &input.client_id).await?;
        let answers = Parameters(input.challenge_responses.unwrap_or_default());
        let outcome = match input.challenge_name {
            ChallengeNameType::PasswordVerifier => {
                let name = answers.username()?;
                let claim = srp::Claim {
                    name,
                    secret_block: answers.required("PASSWORD_CLAIM_SECRET_BLOCK")?,
                    signature: answers.required("PASSWORD_CLAIM_SIGNATURE")?,
                    timestamp: answers.required("TIMESTAMP")?,
                };
                let hash = answers.optional("SECRET_HASH");
                lookup::check_secret_hash(app, &client_context.client, name, hash)?;
                srp::verify(app, context, &client_context, &claim).await?
            }
            ChallengeNameType::NewPasswordRequired => {
                let name = answers.username()?;
                let attributes = answers.attributes()?;
                let password = answers.new_password()?;
                let hash = answers.optional("SECRET_HASH");
                lookup::check_secret_hash(app, &client_context.client, name, hash)?;
                let answer = NewPassword {
                    session: input.session.ok_or(Failure::InvalidSession)?,
                    name: name.to_owned(),
                    password,
                    attributes,
                };
                new_password::new_password(app, context, &client_context, &answer).await?
            }
            // Challenges that this server never sets.
            ChallengeNameType::SmsMfa
            | ChallengeNameType::EmailOtp
            | ChallengeNameType::SoftwareTokenMfa
            | ChallengeNameType::SelectMfaType
            | ChallengeNameType::MfaSetup
            | ChallengeNameType::CustomChallenge
            | ChallengeNameType::SelectChallenge
            | ChallengeNameType::DeviceSrpAuth
            | ChallengeNameType::DevicePasswordVerifier
            | ChallengeNameType::AdminNoSrpAuth
            | ChallengeNameType::SmsOtp
            | ChallengeNameType::Password
            | ChallengeNameType::WebAuthn
            | ChallengeNameType::PasswordSrp => return Err(Failure::ChallengeNotSupported.into()),
        };
        let step = Step::of(outcome)?;
        Ok(RespondToAuthChallengeResponse {
            challenge_name: step.challenge,
            session: step.session,
            challenge_parameters: Some(step.parameters),
            authentication_result: step.result,
            available_challenges: None,
        })
    }
}
