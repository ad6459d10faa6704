//! What follows once something is proven: the next challenge, or the tokens.

use super::challenge_session::{ChallengeKind, ChallengeState};
use super::outcome::{NewPasswordRequired, Outcome, SecondFactorChoice};
use super::second_factor_challenge;
use super::standing::Standing;
use super::tokens::{self, Tokens};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute_update;
use crate::domain::auth_event::{Outcome as EventOutcome, right_answers};
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::permissions::may_read;
use crate::domain::sign_in::{self, Next};
use crate::domain::user::{Credentials, User};
use crate::domain::user_update::UserUpdate;
use crate::flows::devices::sign_in::SignInDevice;
use crate::flows::limits::Requester;
use crate::flows::lookup::ClientContext;
use crate::flows::notices::Notices;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, auth_events, passkeys, refuse};

/// Takes the step that follows, as [`sign_in::next`] says.
///
/// # Errors
/// Those of [`sign_in::next`], of [`SignInDevice::find`], of sending a code, and of [`sign_in`].
pub(super) async fn take(
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
    let next = match sign_in::next(settings, user, set_at, standing.proven, context.now) {
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
    let state = ChallengeState::of_user(
        app,
        context,
        client_context,
        &standing.user,
        standing.proven,
    );
    match next {
        Next::Tokens => {
            let tokens = sign_in(app, context, client_context, standing, &device).await?;
            Ok(Outcome::SignedIn(tokens))
        }
        Next::NewPassword => new_password_required(app, client_context, &state, standing.user),
        Next::SecondFactor(factor) => {
            let of = (client_context, requester);
            second_factor_challenge::ask(app, context, of, factor, state, &standing).await
        }
        Next::SelectSecondFactor(factors) => Ok(Outcome::SelectSecondFactor(SecondFactorChoice {
            session: state.seal(app, ChallengeKind::SelectSecondFactor)?,
            username: standing.user.username,
            factors,
        })),
        Next::SetUpSecondFactor(factors) => Ok(Outcome::SetUpSecondFactor(SecondFactorChoice {
            session: state.seal(app, ChallengeKind::SetUpSecondFactor)?,
            username: standing.user.username,
            factors,
        })),
    }
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
/// [`Failure::SessionSpent`]; [`Error::Stale`] if what the answer changes was changed meanwhile.
///
/// [`Error::Stale`]: crate::flows::Error::Stale
/// [`Failure::SessionSpent`]: crate::domain::failure::Failure::SessionSpent
/// [`Failure::WrongCredentials`]: crate::domain::failure::Failure::WrongCredentials
async fn sign_in(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    standing: Standing,
    device: &SignInDevice,
) -> Result<Tokens> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let Standing {
        user: before,
        groups,
        proven,
        answered,
        changed,
        acceptance,
        passkey,
        device_key: _,
    } = standing;
    let mut after = changed.unwrap_or_else(|| before.clone());
    after.mfa.first_sign_in = false;
    let grant = Grant {
        user: after.clone(),
        groups,
        session: tokens::new_session(app, context, client, proven, device.session_key(false)),
        new_device: device.issued(),
        overrides: ClaimOverrides::default(),
    };
    let mut issued = tokens::issue(app, context, pool, client, &grant).await?;
    let update = UserUpdate::new(&pool.settings, before, after);
    let mut tx = app.db.begin().await?;
    let mut notices = if update.is_change() {
        let conflict = AliasConflict::Refuse;
        update_user::write(app, context, &mut tx, pool, &update, conflict).await?
    } else {
        Notices::default()
    };
    if let Some(answered) = answered {
        answered.spend(&mut tx).await?;
    }
    if let Some(acceptance) = acceptance {
        acceptance.write(app, &mut tx, &grant.user).await?;
    }
    if let Some(passkey) = passkey {
        passkeys::sign_in::record_use(&mut tx, context, &grant.user, &passkey).await?;
    }
    let (refresh, told) =
        tokens::open_session(app, context, &mut tx, client_context, &grant, proven).await?;
    notices = notices.and(told);
    issued.refresh = Some(refresh);
    tx.commit().await?;
    notices.dispatch(app);
    Ok(issued)
}
