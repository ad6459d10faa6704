//! Signing in by password, and what follows a right one.

use secrecy::SecretString;

use super::challenge_session::ChallengeState;
use super::outcome::Outcome;
use super::sign_in_triggers::{self, Entry};
use super::standing::Standing;
use super::step;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AuthFlow;
use crate::domain::failure::Failure;
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::passwords::credentials;
use crate::flows::{
    Error, Result, boxed, equal_times, lookup, migration, refuse, risk_rules, turn,
};
use crate::store::sign_in::UserWithCredentials;
use crate::triggers::ChallengeResult;

/// Refuses a flow that the client does not allow.
///
/// # Errors
/// [`Failure::FlowNotEnabled`].
pub fn check_flow(client_context: &ClientContext, flow: AuthFlow) -> Result<()> {
    if client_context.client.settings.allows(flow) {
        Ok(())
    } else {
        refuse(Failure::FlowNotEnabled(flow))
    }
}

/// USER_PASSWORD_AUTH, from the device with `device_key` if the client names one. A user that the pool does not have may
/// come over from elsewhere.
/// `answered` is the SELECT_CHALLENGE that is answered with the password; a right one uses it up.
///
/// # Errors
/// What behaviour 3.6, 3.7, 5.2 and 5.9 list, and those of a trigger; [`Failure::SessionSpent`].
pub(crate) async fn by_password(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    (password, device_key): (&SecretString, Option<&str>),
    entry: Entry,
    answered: Option<&ChallengeState>,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let mut found = lookup::for_sign_in(app, pool, name).await?;
    let may_migrate = found.is_none() && migration::is_on(pool);
    let mut user = found.as_ref().map(|found| &found.user);
    if !may_migrate {
        refuse_before_password(client_context, user)?;
    }
    let client = &client_context.client;
    let mut requester = Requester::at_client(app, context, pool, client, name, user);
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    lock_out::check_lockout(app, context, &requester, Guess::Password).await?;
    if may_migrate {
        let migrate = || migration::at_sign_in(app, context, client_context, name, password);
        found = match boxed(migrate).await {
            Ok(Some(username)) => lookup::for_sign_in(app, pool, &username).await?,
            Ok(None) => None,
            // A guess like any other.
            Err(Error::Refused(Failure::WrongCredentials)) => {
                let refused = lock_out::refuse_wrong_password(app, context, &requester);
                return equal_times::answer(app, context, client, refused).await;
            }
            Err(error) => {
                usage::count(app, context, &requester, Usage::WrongGuesses);
                return Err(error);
            }
        };
        user = found.as_ref().map(|found| &found.user);
        refuse_before_password(client_context, user)?;
        requester = Requester::at_client(app, context, pool, client, name, user);
    }
    if matches!(entry, Entry::First(_)) {
        let asking = sign_in_triggers::ask_before(app, context, client_context, user, name);
        equal_times::refuse(app, context, client, asking).await?;
    }
    let known = found.and_then(UserWithCredentials::with_password);
    let turn = turn::of_client(context, &client_context.client);
    let subject = (pool.id.as_str(), requester.user.as_str());
    let right = credentials::is_right(app, &turn, subject, known.as_ref(), password).await?;
    let (true, Some((user, credentials))) = (right, known) else {
        let refused = lock_out::refuse_wrong_password(app, context, &requester);
        return equal_times::answer(app, context, &client_context.client, refused).await;
    };
    risk_rules::check_sign_in_password(app, context, client_context, password).await?;
    if let Some(answered) = answered {
        answered.spend(&mut app.db.write().await?).await?;
    }
    let proof = PasswordProof {
        proven: Proven {
            step_up: entry.step_up(),
            ..Proven::first(SignInMethod::Password)
        },
        custom: None,
        device_key: device_key.map(ToOwned::to_owned),
    };
    after_password(
        app,
        context,
        (client_context, &requester),
        user,
        &credentials,
        proof,
    )
    .await
}

/// What is refused before a password is looked at, where the client does not hide users: that there
/// is no such user, that the password must be reset first, and that the sign-up is not confirmed
/// (behaviour 3.1, 3.5, 3.6; ADR 21).
///
/// # Errors
/// [`Failure::UserNotFound`], [`Failure::PasswordResetRequired`], [`Failure::UserNotConfirmed`].
pub(super) fn refuse_before_password(
    client_context: &ClientContext,
    user: Option<&User>,
) -> Result<()> {
    if client_context.client.settings.hides_users() {
        return Ok(());
    }
    let Some(user) = user else {
        return refuse(Failure::UserNotFound);
    };
    match user.status {
        UserStatus::ResetRequired => refuse(Failure::PasswordResetRequired),
        UserStatus::Unconfirmed if user.enabled => refuse(Failure::UserNotConfirmed),
        UserStatus::Unconfirmed | UserStatus::Confirmed | UserStatus::ForceChangePassword => Ok(()),
    }
}

/// How a password was proven.
pub(super) struct PasswordProof {
    /// What that proves.
    pub proven: Proven,
    /// What has been answered, where it is part of a custom sign-in.
    pub custom: Option<Vec<ChallengeResult>>,
    /// The DEVICE_KEY of the request, if it names a device.
    pub device_key: Option<String>,
}

/// Continues after a right password: checks the lock-out once more, then takes the step that follows.
///
/// # Errors
/// [`Failure::PasswordAttemptsExceeded`], and those of [`step::take`].
pub(super) async fn after_password(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    user: User,
    credentials: &Credentials,
    proof: PasswordProof,
) -> Result<Outcome> {
    let guess = Guess::Password;
    let groups =
        lock_out::check_lockout_and_load_groups(app, context, requester, guess, &user).await?;
    let standing = Standing {
        custom: proof.custom,
        device_key: proof.device_key,
        ..Standing::first(user, groups, proof.proven)
    };
    let of = (client_context, requester);
    step::take(app, context, of, Some(credentials), standing).await
}
