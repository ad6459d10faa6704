//! The steps of signing in, the same for InitiateAuth, RespondToAuthChallenge and their administrator's forms.

use super::outcome::{Parameters, Step, result};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AuthFlow;
use crate::domain::attribute::Contact;
use crate::domain::failure::Failure;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::flows::authentication::custom;
use crate::flows::authentication::device;
use crate::flows::authentication::first_factor::{self, Given};
use crate::flows::authentication::new_password::{self, NewPassword};
use crate::flows::authentication::outcome::Outcome;
use crate::flows::authentication::passkey;
use crate::flows::authentication::password::{by_password, check_flow};
use crate::flows::authentication::refresh::{self, Proof};
use crate::flows::authentication::second_factor::{self, SetUp};
use crate::flows::authentication::sign_in_triggers::Entry;
use crate::flows::authentication::srp;
use crate::flows::authentication::step_up::{Asked, Parameters as StepUpParameters};
use crate::flows::lookup::{self, ClientContext};
use crate::flows::{boxed, risk_rules, turn};
use crate::model::{AuthFlowType, ChallengeNameType};
use crate::operations::Error;

/// Which form of the operation is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The open one, which anybody may call.
    Open,
    /// The administrator's, which is signed.
    Administrator,
}

/// The client of an administrator's request, which must be one of the pool (administration 12.1).
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`].
pub async fn client_of_pool(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    client_id: &str,
) -> Result<ClientContext, Error> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let client_context = lookup::client_context(app, client_id).await?;
    if client_context.pool.id == pool.id {
        Ok(client_context)
    } else {
        Err(Failure::ClientNotFound(client_id.to_owned()).into())
    }
}

/// Begins a sign-in; `session` is the request's, which only ConfirmSignUp hands on.
///
/// # Errors
/// What behaviour 5.2 lists.
pub async fn begin(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (form, flow): (Form, AuthFlowType),
    parameters: &Parameters,
    session: Option<&str>,
) -> Result<Step, Error> {
    let context = &context.of_sign_in();
    let client = &client_context.client;
    if !matches!(
        flow,
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken
    ) {
        let address = match form {
            Form::Open => turn::address(context, Some(client)),
            // The administrator's own address says nothing of the user's.
            Form::Administrator => context.user_address,
        };
        risk_rules::check_address(app, client_context, address).await?;
    }
    let hash = parameters.optional("SECRET_HASH");
    let device_key = parameters.optional("DEVICE_KEY");
    let outcome = match (flow, form) {
        (AuthFlowType::UserPasswordAuth, Form::Open)
        | (
            AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth,
            Form::Administrator,
        ) => {
            let flow = match form {
                Form::Open => AuthFlow::UserPassword,
                Form::Administrator => AuthFlow::AdminUserPassword,
            };
            check_flow(client_context, flow)?;
            let username = parameters.username()?;
            let password = parameters.required("PASSWORD")?.to_owned().into();
            lookup::check_secret_hash(app, client, username, hash)?;
            boxed(|| {
                by_password(
                    app,
                    context,
                    client_context,
                    username,
                    (&password, device_key),
                    Entry::First(None),
                    None,
                )
            })
            .await?
        }
        (AuthFlowType::UserSrpAuth, _) => {
            check_flow(client_context, AuthFlow::UserSrp)?;
            let username = parameters.username()?;
            let srp_a = parameters.required("SRP_A")?;
            lookup::check_secret_hash(app, client, username, hash)?;
            boxed(|| {
                srp::begin(
                    app,
                    context,
                    client_context,
                    username,
                    (srp_a, device_key),
                    Entry::First(None),
                )
            })
            .await?
        }
        (AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken, _) => {
            let token = parameters.required("REFRESH_TOKEN")?.to_owned().into();
            let proof = Proof::Hash(hash);
            let tokens = boxed(|| {
                refresh::refresh(app, context, client_context, &token, &proof, device_key)
            })
            .await?;
            return Ok(Step::signed_in(result(&tokens)));
        }
        (AuthFlowType::CustomAuth, _) => {
            check_flow(client_context, AuthFlow::Custom)?;
            custom::check_pool(client_context)?;
            let username = parameters.username()?;
            let srp_a = match parameters.optional("CHALLENGE_NAME") {
                Some("SRP_A") => Some(parameters.required("SRP_A")?),
                _ => None,
            };
            lookup::check_secret_hash(app, client, username, hash)?;
            let of = (srp_a, device_key);
            boxed(|| custom::begin(app, context, client_context, username, of)).await?
        }
        (AuthFlowType::UserAuth, _) => {
            check_flow(client_context, AuthFlow::User)?;
            let username = parameters.username()?;
            lookup::check_secret_hash(app, client, username, hash)?;
            if let Some(session) = session {
                let of = (session, username, device_key);
                let outcome =
                    boxed(|| first_factor::after_sign_up(app, context, client_context, of)).await?;
                return Step::of(outcome);
            }
            let preferred = parameters.optional("PREFERRED_CHALLENGE");
            let password = parameters.password();
            let token = parameters.optional("ACCESS_TOKEN");
            let token = token.map(|token| token.to_owned().into());
            let given = Given {
                password: password.as_ref(),
                srp_a: parameters.optional("SRP_A"),
                device_key,
                asked: Asked::Parameters(StepUpParameters {
                    levels: parameters.optional("TARGET_ACR_VALUES"),
                    token: token.as_ref(),
                    max_age: parameters.optional("MAX_AGE"),
                }),
            };
            boxed(|| first_factor::begin(app, context, client_context, username, preferred, &given))
                .await?
        }
        (AuthFlowType::AdminNoSrpAuth | AuthFlowType::AdminUserPasswordAuth, Form::Open)
        | (AuthFlowType::UserPasswordAuth, Form::Administrator) => {
            return Err(Failure::FlowNotSupported.into());
        }
    };
    Step::of(outcome)
}

/// Goes on with the answer to a challenge; `given` is the request's Session.
///
/// # Errors
/// What behaviour 5.4 to 5.6 list.
pub async fn answer(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    challenge: ChallengeNameType,
    given: Option<String>,
    answers: &Parameters,
) -> Result<Step, Error> {
    let proven = |name: &str| {
        let hash = answers.optional("SECRET_HASH");
        lookup::check_secret_hash(app, &client_context.client, name, hash)
    };
    let device_key = answers.optional("DEVICE_KEY");
    let session = |given: Option<String>| given.ok_or(Failure::InvalidSession);
    let outcome = match challenge {
        ChallengeNameType::PasswordVerifier => {
            let claim = claim(answers)?;
            proven(claim.name)?;
            boxed(|| srp::verify(app, context, client_context, &claim)).await?
        }
        ChallengeNameType::NewPasswordRequired => {
            let name = answers.username()?;
            let attributes = answers.attributes()?;
            let password = answers.new_password()?;
            proven(name)?;
            let answer = NewPassword {
                session: session(given)?,
                name: name.to_owned(),
                password,
                attributes,
                device_key: device_key.map(ToOwned::to_owned),
            };
            boxed(|| new_password::new_password(app, context, client_context, &answer)).await?
        }
        ChallengeNameType::SmsMfa => {
            let of = (CodeOf::SecondFactor(SecondFactor::Sms), "SMS_MFA_CODE");
            boxed(|| code(app, context, client_context, of, given, answers)).await?
        }
        ChallengeNameType::SmsOtp => {
            let of = (CodeOf::FirstFactor(Choice::SmsOtp), "SMS_OTP_CODE");
            boxed(|| code(app, context, client_context, of, given, answers)).await?
        }
        ChallengeNameType::EmailOtp => {
            let is_first = given
                .as_deref()
                .is_some_and(|session| first_factor::is_code(app, Choice::EmailOtp, session));
            let of = if is_first {
                CodeOf::FirstFactor(Choice::EmailOtp)
            } else {
                CodeOf::SecondFactor(SecondFactor::Email)
            };
            let of = (of, "EMAIL_OTP_CODE");
            boxed(|| code(app, context, client_context, of, given, answers)).await?
        }
        ChallengeNameType::SoftwareTokenMfa => {
            let factor = SecondFactor::SoftwareToken;
            let of = (CodeOf::SecondFactor(factor), "SOFTWARE_TOKEN_MFA_CODE");
            boxed(|| code(app, context, client_context, of, given, answers)).await?
        }
        ChallengeNameType::SelectChallenge => {
            let choice = answers.required("ANSWER")?;
            boxed(|| chosen(app, context, client_context, choice, given, answers)).await?
        }
        ChallengeNameType::WebAuthn => {
            let name = answers.username()?;
            let credential = answers.required("CREDENTIAL")?;
            proven(name)?;
            let session = session(given)?;
            let of = (session.as_str(), name, device_key);
            boxed(|| passkey::answer(app, context, client_context, of, credential)).await?
        }
        ChallengeNameType::Password => {
            let choice = Choice::Password.as_str();
            boxed(|| chosen(app, context, client_context, choice, given, answers)).await?
        }
        ChallengeNameType::PasswordSrp => {
            let choice = Choice::PasswordSrp.as_str();
            boxed(|| chosen(app, context, client_context, choice, given, answers)).await?
        }
        ChallengeNameType::SelectMfaType => {
            let name = answers.username()?;
            let choice = answers.required("ANSWER")?;
            proven(name)?;
            let session = session(given)?;
            let of = (session.as_str(), name);
            boxed(|| second_factor::select(app, context, client_context, of, choice)).await?
        }
        ChallengeNameType::MfaSetup => {
            let name = answers.username()?;
            // Amplify writes it so; AWS's pages write it in small letters.
            let email = answers
                .optional("EMAIL")
                .or_else(|| answers.optional("email"));
            proven(name)?;
            let session = session(given)?;
            let of = (session.as_str(), name, device_key);
            let to_email = |address| SetUp::Contact(Contact::Email, address);
            let answer = email.map_or(SetUp::SoftwareToken, to_email);
            boxed(|| second_factor::set_up(app, context, client_context, of, &answer)).await?
        }
        ChallengeNameType::DeviceSrpAuth => {
            let name = answers.username()?;
            let begun = device::Begun {
                name,
                device_key: answers.required("DEVICE_KEY")?,
                srp_a: answers.required("SRP_A")?,
            };
            proven(name)?;
            boxed(|| device::begin(app, context, client_context, given.as_deref(), &begun)).await?
        }
        ChallengeNameType::DevicePasswordVerifier => {
            let claim = claim(answers)?;
            answers.required("DEVICE_KEY")?;
            proven(claim.name)?;
            boxed(|| device::verify(app, context, client_context, given.as_deref(), &claim)).await?
        }
        ChallengeNameType::CustomChallenge => {
            let name = answers.username()?;
            let answer = answers.required("ANSWER")?.to_owned().into();
            proven(name)?;
            let session = session(given)?;
            let of = (session.as_str(), name, device_key);
            boxed(|| custom::answer(app, context, client_context, of, &answer)).await?
        }
        // A challenge that this server never sets.
        ChallengeNameType::AdminNoSrpAuth => return Err(Failure::ChallengeNotSupported.into()),
    };
    Step::of(outcome)
}

/// The proof in an answer to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER.
fn claim(answers: &Parameters) -> Result<srp::Claim<'_>, Error> {
    Ok(srp::Claim {
        name: answers.username()?,
        secret_block: answers.required("PASSWORD_CLAIM_SECRET_BLOCK")?,
        signature: answers.required("PASSWORD_CLAIM_SIGNATURE")?,
        timestamp: answers.required("TIMESTAMP")?,
        device_key: answers.optional("DEVICE_KEY"),
    })
}

/// What a code answers.
#[derive(Clone, Copy)]
enum CodeOf {
    FirstFactor(Choice),
    SecondFactor(SecondFactor),
}

/// The answer to a challenge whose code is in `parameter`.
async fn code(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (of, parameter): (CodeOf, &str),
    given: Option<String>,
    answers: &Parameters,
) -> Result<Outcome, Error> {
    let name = answers.username()?;
    let code = answers.required(parameter)?;
    let hash = answers.optional("SECRET_HASH");
    lookup::check_secret_hash(app, &client_context.client, name, hash)?;
    let session = given.ok_or(Failure::InvalidSession)?;
    let to = (session.as_str(), name, answers.optional("DEVICE_KEY"));
    Ok(match of {
        CodeOf::FirstFactor(choice) => {
            boxed(|| first_factor::answer(app, context, client_context, choice, to, code)).await?
        }
        CodeOf::SecondFactor(factor) => {
            boxed(|| second_factor::answer(app, context, client_context, factor, to, code)).await?
        }
    })
}

/// The choice of a first factor, with the password or SRP's A beside it.
async fn chosen(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    choice: &str,
    given: Option<String>,
    answers: &Parameters,
) -> Result<Outcome, Error> {
    let name = answers.username()?;
    let hash = answers.optional("SECRET_HASH");
    lookup::check_secret_hash(app, &client_context.client, name, hash)?;
    let session = given.ok_or(Failure::InvalidSession)?;
    let password = answers.password();
    let beside = Given {
        password: password.as_ref(),
        srp_a: answers.optional("SRP_A"),
        device_key: answers.optional("DEVICE_KEY"),
        asked: Asked::Levels(None),
    };
    let of = (session.as_str(), name);
    Ok(boxed(|| first_factor::select(app, context, client_context, of, choice, &beside)).await?)
}
