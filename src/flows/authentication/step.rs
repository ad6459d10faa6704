//! What follows once something is proven: the next challenge, or the tokens.

use std::pin::Pin;

use super::browser;
use super::challenge_session::{ChallengeKind, ChallengeState, WaitingDevice};
use super::custom_challenge::{self, Claimant, CustomStep, PASSWORD_VERIFIER};
use super::custom_sign_in::CustomSignIn;
use super::outcome::{DeviceSrpRequired, NewPasswordRequired, Outcome, SecondFactorChoice};
use super::results::Results;
use super::second_factor_challenge;
use super::sign_in_triggers;
use super::standing::Standing;
use super::tokens::{self, Tokens};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute_update;
use crate::domain::auth_event::{Outcome as EventOutcome, right_answers};
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::permissions::may_read;
use crate::domain::second_factor::SecondFactor;
use crate::domain::sign_in::{self, Next, Proven};
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::{Credentials, User};
use crate::domain::user_pool::UserPool;
use crate::flows::devices::sign_in::SignInDevice;
use crate::flows::limits::Requester;
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, auth_events, boxed, refuse};
use crate::store;

/// Takes the step that follows, as [`sign_in::next`] or [`sign_in::next_in_custom`] says.
///
/// # Errors
/// Those of both, of [`SignInDevice::find`], of sending a code, of [`custom_challenge::next`], and of [`sign_in`].
pub(super) fn take<'a>(
    app: &'a App,
    context: &'a RequestContext,
    of: (&'a ClientContext, &'a Requester<'a>),
    credentials: Option<&'a Credentials>,
    standing: Standing,
) -> Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>> {
    Box::pin(take_now(app, context, of, credentials, standing))
}

async fn take_now(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    credentials: Option<&Credentials>,
    standing: Standing,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let settings = &pool.settings;
    let set_at = credentials.map(|credentials| credentials.set_at);
    let user = standing.changed.as_ref().unwrap_or(&standing.user);
    let device_key = standing.device_key.as_deref();
    let device = SignInDevice::find(app, pool, user, device_key).await?;
    let named = device.named(standing.is_device_proven);
    let next = match &standing.custom {
        Some(history) => {
            let last = history.last();
            let just_proven = last.is_some_and(|last| last.challenge_name == PASSWORD_VERIFIER);
            sign_in::next_in_custom(settings, user, standing.proven, just_proven)
        }
        None => sign_in::next(settings, user, set_at, standing.proven, named, context.now),
    };
    let next = match next {
        Ok(next) => next,
        Err(failure) => {
            let of = (requester.subject(), requester.client);
            let answers = right_answers(standing.proven);
            let mut conn = app.db.write().await?;
            auth_events::record_sign_in(app, context, &mut conn, of, EventOutcome::Fail, answers)
                .await?;
            return refuse(failure);
        }
    };
    let mut state = ChallengeState::of_user(
        app,
        context,
        client_context,
        &standing.user,
        standing.proven,
    );
    state.custom = standing.custom.clone().map(CustomSignIn::after);
    match next {
        Next::Tokens if context.at_domain => {
            let end = || browser::sign_in(app, context, client_context, standing);
            Ok(Outcome::Browser(boxed(end).await?))
        }
        Next::Tokens => {
            let tokens = boxed(|| sign_in(app, context, client_context, standing, &device)).await?;
            Ok(Outcome::SignedIn(tokens))
        }
        Next::Custom => {
            let of = (client_context, requester);
            boxed(|| custom(app, context, of, credentials, standing)).await
        }
        Next::NewPassword => new_password_required(app, client_context, &state, standing.user),
        Next::SecondFactor(factor) => {
            let of = (client_context, requester);
            let ask = || second_factor_challenge::ask(app, context, of, factor, state, &standing);
            boxed(ask).await
        }
        Next::SelectSecondFactor(factors) => {
            let session = state.seal(app, ChallengeKind::SelectSecondFactor)?;
            let standing = boxed(|| settle(app, context, client_context, standing)).await?;
            Ok(Outcome::SelectSecondFactor(choice(
                session, standing, factors,
            )))
        }
        Next::SetUpSecondFactor(factors) => {
            let session = state.seal(app, ChallengeKind::SetUpSecondFactor)?;
            let standing = boxed(|| settle(app, context, client_context, standing)).await?;
            Ok(Outcome::SetUpSecondFactor(choice(
                session, standing, factors,
            )))
        }
        Next::ProveDevice => {
            let key = device.session_key().unwrap_or_default();
            boxed(|| prove_device(app, context, pool, standing, (state, key))).await
        }
    }
}

fn choice(session: String, standing: Standing, factors: Vec<SecondFactor>) -> SecondFactorChoice {
    SecondFactorChoice {
        session,
        username: standing.user.username,
        factors,
    }
}

/// Asks the device with this key to prove itself. What the answer before brings about is written now, so that a code
/// which was accepted is used up.
///
/// # Errors
/// Those of [`Results::write`]; [`Failure::DeviceNotFound`] if the device was forgotten meanwhile.
async fn prove_device(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    standing: Standing,
    (mut state, key): (ChallengeState, String),
) -> Result<Outcome> {
    let follows = standing.answered.as_ref().map(|answered| answered.id);
    state.device = Some(WaitingDevice {
        key: key.clone(),
        follows,
    });
    let session = state.seal(app, ChallengeKind::DeviceSrp)?;
    let results = Results::of(pool, &standing);
    let mut tx = app.db.begin().await?;
    let notices = results.write(app, context, &mut tx, pool).await?;
    // Some clients answer without the session.
    if !store::devices::set_waiting_session(&mut tx, &pool.id, &state.user, &key, &session).await? {
        return refuse(Failure::DeviceNotFound);
    }
    tx.commit().await?;
    notices.dispatch(app);
    Ok(Outcome::DeviceSrp(DeviceSrpRequired { session }))
}

/// Has the pool's functions say what follows. What has been answered is written before, so that neither functions
/// nor tokens hear of an answer twice. Where they say that it is enough, the device may still have to prove itself.
async fn custom(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    credentials: Option<&Credentials>,
    standing: Standing,
) -> Result<Outcome> {
    let standing = boxed(|| settle(app, context, client_context, standing)).await?;
    let claimant = Claimant::of(&standing.user);
    let (history, proven) = (standing.custom.clone().unwrap_or_default(), standing.proven);
    let of = (client_context, requester);
    match custom_challenge::next(app, context, of, &claimant, history, proven).await? {
        CustomStep::Ask(outcome) => Ok(outcome),
        CustomStep::VerifyPassword => {
            refuse(Failure::TriggerAnswerInvalid(Trigger::DefineAuthChallenge))
        }
        CustomStep::Tokens => {
            let enough = Standing {
                custom: None,
                proven: Proven {
                    custom_is_enough: true,
                    ..proven
                },
                ..standing
            };
            take(app, context, of, credentials, enough).await
        }
    }
}

/// Spends the answered challenge and writes what the answer changes, for a sign-in that goes on.
async fn settle(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    standing: Standing,
) -> Result<Standing> {
    if standing.answered.is_none() {
        return Ok(standing);
    }
    let pool = &client_context.pool;
    let results = Results::of(pool, &standing);
    let mut tx = app.db.begin().await?;
    let notices = results.write(app, context, &mut tx, pool).await?;
    tx.commit().await?;
    notices.dispatch(app);
    let mut conn = app.db.read().await?;
    let written = store::users::find(&mut conn, &pool.id, &standing.user.id).await?;
    let Some(user) = written else {
        return refuse(Failure::InvalidSession);
    };
    Ok(Standing {
        device_key: standing.device_key,
        is_device_proven: standing.is_device_proven,
        custom: standing.custom,
        ..Standing::first(user, standing.groups, standing.proven)
    })
}

fn new_password_required(
    app: &App,
    client_context: &ClientContext,
    state: &ChallengeState,
    user: User,
) -> Result<Outcome> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let schema = &pool.settings.schema;
    Ok(Outcome::NewPasswordRequired(NewPasswordRequired {
        session: state.seal(app, ChallengeKind::NewPassword)?,
        required: attribute_update::missing_required(schema, &user.attributes),
        username: user.username,
        attributes: user
            .attributes
            .into_iter()
            .filter(|(name, _)| may_read(&client.settings, schema, name))
            .collect(),
    }))
}

/// Issues the tokens and, in one transaction, spends the answered challenge, writes what the answer changes, and
/// opens the session.
///
/// # Errors
/// [`Failure::WrongCredentials`] if the user is disabled meanwhile, or its credentials version rose;
/// [`Failure::SessionSpent`]; those of a trigger; [`Error::Stale`] if what the answer changes was changed meanwhile.
///
/// [`Error::Stale`]: crate::flows::Error::Stale
async fn sign_in(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    standing: Standing,
    device: &SignInDevice,
) -> Result<Tokens> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let proven = standing.proven;
    let mut results = Results::of(pool, &standing);
    results.update.after.mfa.first_sign_in = false;
    let mut grant = Grant {
        user: results.update.after.clone(),
        groups: standing.groups,
        session: tokens::new_session(app, context, client_context, proven, device.session_key()),
        new_device: device.issued(),
        overrides: ClaimOverrides::default(),
        origin_id: None,
    };
    grant.overrides = sign_in_triggers::signed_in(
        app,
        context,
        pool,
        &grant,
        proven,
        standing.is_device_proven,
    )
    .await?;
    let mut issued = tokens::issue(app, context, pool, client, &grant).await?;
    let mut tx = app.db.begin().await?;
    let written = results.write(app, context, &mut tx, pool).await?;
    let (refresh, told) =
        tokens::open_session(app, context, &mut tx, client_context, &grant, proven).await?;
    let notices = written.and(told);
    issued.refresh = Some(refresh);
    tx.commit().await?;
    notices.dispatch(app);
    Ok(issued)
}
