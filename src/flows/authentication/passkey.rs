//! A passkey as the first factor (WEB_AUTHN, administration 12.3).

use super::challenge_session::{ChallengeKind, ChallengeState};
use super::named_user::{Named, resume, state};
use super::outcome::{Outcome, PasskeyRequired};
use super::standing::Standing;
use super::step;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::first_factor::{Choice, counts_as_both};
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::passkeys::sign_in::Claimant;
use crate::flows::{Error, Result, equal_times, passkeys, refuse};

/// Asks for a signature by a passkey (administration 12.3).
pub(super) async fn ask(
    app: &App,
    context: &RequestContext,
    (client_context, name): (&ClientContext, &str),
    named: &Named,
    answered: Option<&ChallengeState>,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let claimant = Claimant {
        name,
        user: named.user.as_ref(),
    };
    let begun = passkeys::sign_in::begin(app, pool, claimant).await?;
    let mut state = state(app, context, client_context, named, SignInMethod::Passkey);
    state.passkey = Some(begun.challenge);
    let session = state.seal(app, ChallengeKind::FirstFactor(Choice::Passkey))?;
    if let Some(answered) = answered {
        answered.spend(&mut app.db.write().await?).await?;
    }
    Ok(Outcome::Passkey(PasskeyRequired {
        session,
        options: begun.options,
        choices: named.choices(pool),
    }))
}

/// WEB_AUTHN: checks what the passkey has signed. A wrong answer leaves the session usable, and counts as a wrong
/// password does.
///
/// # Errors
/// [`Failure::WrongCredentials`], and what behaviour 5.5 lists.
pub async fn answer(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (session, name, device_key): (&str, &str, Option<&str>),
    credential: &str,
) -> Result<Outcome> {
    let kind = ChallengeKind::FirstFactor(Choice::Passkey);
    let (state, named) = resume(app, context, client_context, kind, (session, name)).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let Some(challenge) = &state.passkey else {
        return refuse(Failure::InvalidSession);
    };
    let requester = Requester::at_client(app, context, pool, client, name, named.user.as_ref());
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    let guess = Guess::Password;
    lock_out::check_lockout(app, context, &requester, guess).await?;
    let claimant = Claimant {
        name,
        user: named.user.as_ref(),
    };
    let checked = passkeys::sign_in::check(app, pool, claimant, challenge, credential).await;
    let answered = match checked {
        Err(Error::Refused(Failure::WrongCredentials)) => {
            let refused = lock_out::refuse_wrong_password(app, context, &requester);
            return equal_times::answer(app, context, client, refused).await;
        }
        checked => checked?,
    };
    let Some(user) = named.user else {
        return refuse(Failure::WrongCredentials);
    };
    let groups =
        lock_out::check_lockout_and_load_groups(app, context, &requester, guess, &user).await?;
    let proven = Proven {
        counts_as_both: answered.user_verified && counts_as_both(&pool.settings, &user.mfa),
        synced_passkey: answered.is_synced,
        ..state.proven
    };
    let standing = Standing {
        answered: Some(state),
        device_key: device_key.map(ToOwned::to_owned),
        passkey: Some(answered),
        ..Standing::first(user, groups, proven)
    };
    let of = (client_context, &requester);
    step::take(app, context, of, named.credentials.as_ref(), standing).await
}
