//! Custom sign-in (CUSTOM_AUTH, behaviour 5.8, administration 12.5): the pool's functions decide what a user has to
//! answer, and when that is enough.

use secrecy::SecretString;

use super::challenge_session::{ChallengeKind, ChallengeState};
use super::custom_challenge::{CUSTOM_CHALLENGE, Claimant, CustomStep, SRP_A, claim, next, passed};
use super::named_user::{Named, named, resume};
use super::outcome::Outcome;
use super::password::refuse_before_password;
use super::sign_in_triggers::{self, Entry};
use super::srp;
use super::standing::Standing;
use super::step;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::ClientPublic;
use crate::domain::failure::Failure;
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::flows::devices::sign_in::well_formed;
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, Result, boxed, equal_times, refuse};
use crate::store;
use crate::triggers::{ChallengeResult, verify_auth_challenge_response};

/// Refuses a pool without the function that decides.
///
/// # Errors
/// [`Failure::CustomAuthNotConfigured`].
pub fn check_pool(client_context: &ClientContext) -> Result<()> {
    let triggers = &client_context.pool.settings.triggers;
    if triggers.define_auth_challenge.is_some() {
        Ok(())
    } else {
        refuse(Failure::CustomAuthNotConfigured)
    }
}

/// CUSTOM_AUTH: begins a custom sign-in; with SRP's A where the password is to be proven first. `device_key` is that of
/// the device, if the client names one.
///
/// # Errors
/// [`Failure::CustomAuthNotConfigured`], [`Failure::MalformedSrpA`], [`Failure::WrongCredentials`] if the function
/// ends it, [`Failure::DeviceKeyNotIssued`], [`Failure::DeviceNotFound`], those of the checks that precede a password
/// (ADR 21), [`Failure::UserDisabled`], and those of a trigger.
pub async fn begin(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    (srp_a, device_key): (Option<&str>, Option<&str>),
) -> Result<Outcome> {
    let of = (srp_a, device_key);
    let beginning = boxed(|| begin_now(app, context, client_context, name, of));
    equal_times::answer(app, context, &client_context.client, beginning).await
}

async fn begin_now(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    (srp_a, device_key): (Option<&str>, Option<&str>),
) -> Result<Outcome> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    if srp_a.is_some_and(|a| ClientPublic::parse(a).is_none()) {
        return refuse(Failure::MalformedSrpA);
    }
    let named = named(app, pool, name, None).await?;
    let user = shown(client_context, named.user.as_ref(), srp_a.is_some())?;
    let requester = Requester::at_client(app, context, pool, client, name, named.user.as_ref());
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    // What a function does costs the operator as much as a password that is hashed.
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    sign_in_triggers::ask_before(app, context, client_context, user, name).await?;
    let proven = Proven::first(SignInMethod::Custom);
    let Some(srp_a) = srp_a else {
        check_device(app, pool, user, device_key).await?;
        let of = (client_context, &requester);
        let so_far = (Vec::new(), proven, device_key);
        return go_on(app, context, of, (&named, user), so_far).await;
    };
    let of = (client_context, &requester);
    let claimant = claimant(&named, user);
    let history = vec![passed(SRP_A)];
    match next(app, context, of, &claimant, history, proven).await? {
        CustomStep::Ask(outcome) => Ok(outcome),
        CustomStep::VerifyPassword => {
            let of = (srp_a, device_key);
            srp::challenge(app, context, client_context, name, of, Entry::Custom).await
        }
        CustomStep::Tokens => refuse(Failure::TriggerAnswerInvalid(Trigger::DefineAuthChallenge)),
    }
}

/// The user of whom functions are told. Where the app client hides users and nothing has been proven, one who could
/// not sign in is as good as none: an answer would tell the user's state.
///
/// # Errors
/// Where the app client does not hide users, what the state of the user causes.
fn shown<'a>(
    client_context: &ClientContext,
    user: Option<&'a User>,
    proves_password: bool,
) -> Result<Option<&'a User>> {
    if client_context.client.settings.hides_users() {
        let may_sign_in = |user: &&User| match user.status {
            UserStatus::Confirmed | UserStatus::ForceChangePassword => user.enabled,
            UserStatus::Unconfirmed | UserStatus::ResetRequired => false,
        };
        return Ok(user.filter(|user| proves_password || may_sign_in(user)));
    }
    refuse_before_password(client_context, user)?;
    if !proves_password && user.is_some_and(|user| !user.enabled) {
        return refuse(Failure::UserDisabled);
    }
    Ok(user)
}

fn claimant<'a>(named: &'a Named, user: Option<&'a User>) -> Claimant<'a> {
    Claimant {
        user,
        id: &named.id,
        username: &named.username,
        credentials_version: named
            .user
            .as_ref()
            .map_or(1, |user| user.credentials_version),
    }
}

/// Takes the step that follows after `history`, from the device that the request names.
async fn go_on(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    (named, user): (&Named, Option<&User>),
    (history, proven, device_key): (Vec<ChallengeResult>, Proven, Option<&str>),
) -> Result<Outcome> {
    let Some(user) = user else {
        let claimant = claimant(named, None);
        let of = (client_context, requester);
        return match next(app, context, of, &claimant, history, proven).await? {
            CustomStep::Ask(outcome) => Ok(outcome),
            // A function that lets somebody in whom the pool does not have.
            CustomStep::VerifyPassword | CustomStep::Tokens => refuse(Failure::WrongCredentials),
        };
    };
    let (pool_id, user_id) = (&user.pool_id, &user.id);
    let groups = store::groups::of_user(&mut app.db.read().await?, pool_id, user_id).await?;
    let standing = Standing {
        custom: Some(history),
        device_key: device_key.map(ToOwned::to_owned),
        ..Standing::first(user.clone(), groups, proven)
    };
    let of = (client_context, requester);
    step::take(app, context, of, named.credentials.as_ref(), standing).await
}

/// Refuses a DEVICE_KEY that the user has no device with, before a challenge is used up: clients drop the key then, and
/// answer again without it. Nothing need be proven, so that it is refused alike where there is no such user.
async fn check_device(
    app: &App,
    pool: &UserPool,
    user: Option<&User>,
    device_key: Option<&str>,
) -> Result<()> {
    let Some(key) = well_formed(pool, device_key)? else {
        return Ok(());
    };
    let user_id = user.map_or("", |user| &user.id);
    let mut conn = app.db.read().await?;
    let found = store::devices::find(&mut conn, &pool.id, user_id, key).await?;
    found.map_or_else(|| refuse(Failure::DeviceNotFound), |_| Ok(()))
}

/// CUSTOM_CHALLENGE: has the functions say whether the answer is right, and what follows. The session serves one
/// answer, right or wrong.
///
/// # Errors
/// [`Failure::WrongCredentials`] if the function ends the sign-in; [`Failure::DeviceKeyNotIssued`] and
/// [`Failure::DeviceNotFound`], which leave the session usable; those of a trigger, and what behaviour 5.5 lists.
pub async fn answer(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    of: (&str, &str, Option<&str>),
    given: &SecretString,
) -> Result<Outcome> {
    let answering = boxed(|| answer_now(app, context, client_context, of, given));
    equal_times::answer(app, context, &client_context.client, answering).await
}

async fn answer_now(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (session, name, device_key): (&str, &str, Option<&str>),
    given: &SecretString,
) -> Result<Outcome> {
    let (state, named) = waiting(app, context, client_context, (session, name)).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let has_password = state.proven.method == SignInMethod::Srp;
    let user = shown(client_context, named.user.as_ref(), has_password)?;
    let requester = Requester::at_client(app, context, pool, client, name, named.user.as_ref());
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    check_device(app, pool, user, device_key).await?;
    let asked = claim(app, &state).await?;
    let claimant = claimant(&named, user);
    let attributes = claimant.attributes(client_context);
    let verified = verify_auth_challenge_response::ask(
        &app.triggers,
        claimant.occasion(context, client_context),
        &attributes,
        &asked.private,
        given,
        user.is_none(),
    );
    let Some(is_right) = verified.await? else {
        return refuse(Failure::CustomAuthNotConfigured);
    };
    if !is_right {
        usage::count(app, context, &requester, Usage::WrongGuesses);
    }
    let mut history = asked.history;
    history.push(ChallengeResult {
        challenge_name: CUSTOM_CHALLENGE.to_owned(),
        challenge_result: is_right,
        challenge_metadata: asked.metadata,
    });
    let of = (client_context, &requester);
    let so_far = (history, state.proven, device_key);
    go_on(app, context, of, (&named, user), so_far).await
}

/// The challenge that waits, and the user that has to answer it.
async fn waiting(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    of: (&str, &str),
) -> Result<(ChallengeState, Named)> {
    let kind = ChallengeKind::Custom;
    match resume(app, context, client_context, kind, of).await {
        // Each answer brings another session, so that one that was used is nothing special (administration 12.5).
        Err(Error::Refused(Failure::SessionSpent)) => refuse(Failure::InvalidSession),
        resumed => resumed,
    }
}
