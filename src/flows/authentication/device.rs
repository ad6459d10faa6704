//! The device that a sign-in comes from proves by SRP that it is the one that was named (DEVICE_SRP_AUTH and
//! DEVICE_PASSWORD_VERIFIER; behaviour 5.1, 5.4, administration 12.4).

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use super::challenge_session::{self, ChallengeKind, ChallengeState, Resumed, WaitingDevice};
use super::outcome::{DeviceVerifier, Outcome};
use super::srp::{self, Claim};
use super::standing::Standing;
use super::step;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::SessionKey;
use crate::crypto::tokens::{open_secret_block, seal_secret_block};
use crate::domain::device::Device;
use crate::domain::failure::Failure;
use crate::domain::second_factor::SecondFactor;
use crate::flows::devices::exchange::{self, DeviceClaim};
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::{self, ClientContext};
use crate::flows::{Result, equal_times, refuse, turn};
use crate::store;

/// What the seal of a secret block is bound to, with its version.
const BLOCK: [&str; 2] = ["1", "DEVICE_PASSWORD_VERIFIER"];

/// The state of an exchange, sealed as the secret block that the client returns.
#[derive(Serialize, Deserialize)]
struct BlockState {
    state: ChallengeState,
    key: [u8; 16],
}

/// The answer to DEVICE_SRP_AUTH.
pub struct Begun<'a> {
    /// The name that the answer gives.
    pub name: &'a str,
    /// The device's key.
    pub device_key: &'a str,
    /// The device's A, in hexadecimal.
    pub srp_a: &'a str,
}

/// DEVICE_SRP_AUTH: answers the device's A with B.
///
/// # Errors
/// [`Failure::MalformedSrpA`], which leaves the session usable; [`Failure::DeviceKeyNotIssued`] for another device's
/// key; [`Failure::DeviceNotFound`]; what behaviour 5.5 lists.
pub async fn begin(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    session: Option<&str>,
    answer: &Begun<'_>,
) -> Result<Outcome> {
    let waiting = waiting(app, context, client_context, session, answer);
    let resumed = equal_times::refuse(app, context, &client_context.client, waiting).await?;
    let Resumed { state, user, .. } = resumed;
    let waiting = state.device.clone().ok_or(Failure::InvalidSession)?;
    if answer.device_key != waiting.key {
        return refuse(Failure::DeviceKeyNotIssued);
    }
    let (pool, client) = (&client_context.pool, &client_context.client);
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    lock_out::check_lockout(app, context, &requester, Guess::Password).await?;
    let device = find(app, &state, &waiting.key).await?;
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    let turn = turn::of_user(turn::of_client(context, client));
    let begun = exchange::begin(app, &turn, &device, answer.srp_a).await?;
    let proven = state.proven;
    let mut next = ChallengeState::of_user(app, context, client_context, &user, proven);
    next.device = Some(WaitingDevice {
        key: waiting.key.clone(),
        follows: Some(state.id),
    });
    let verifier = DeviceVerifier {
        session: next.seal(app, ChallengeKind::DeviceVerifier)?,
        salt: begun.salt,
        secret_block: {
            let key = *begun.key.as_bytes();
            let state = next;
            seal_secret_block(&app.vault, &BLOCK, &BlockState { state, key })?
        },
        public: begun.public,
        device_key: waiting.key,
        username: user.username,
    };
    state.spend(&mut app.db.write().await?).await?;
    Ok(Outcome::DeviceVerifier(verifier))
}

/// The sign-in that waits for the device: that of the session. Where the client sends none, as pycognito does, or
/// still that of the code which led here, as amazon-cognito-identity-js does, it is the newest one of the device.
async fn waiting(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    session: Option<&str>,
    answer: &Begun<'_>,
) -> Result<Resumed> {
    let kind = ChallengeKind::DeviceSrp;
    let former = match session {
        None => None,
        Some(session) => match former(app, session) {
            Some(former) => Some(former),
            None => {
                let name = Some(answer.name);
                return challenge_session::resume(
                    app,
                    context,
                    client_context,
                    kind,
                    session,
                    name,
                )
                .await;
            }
        },
    };
    let pool = &client_context.pool;
    let mut conn = app.db.read().await?;
    let user = lookup::by_sign_in_name(&mut conn, pool, answer.name).await?;
    // The store is asked as often where there is no user, so that the refusal takes as long.
    let user_id = user.as_ref().map_or("", |user| &user.id);
    let key = answer.device_key;
    let noted = store::devices::waiting_session(&mut conn, &pool.id, user_id, key).await?;
    drop(conn);
    let Some(session) = noted else {
        return refuse(Failure::InvalidSession);
    };
    let name = Some(answer.name);
    let resumed =
        challenge_session::resume(app, context, client_context, kind, &session, name).await?;
    let follows = resumed
        .state
        .device
        .as_ref()
        .and_then(|device| device.follows);
    match former {
        Some(former) if follows != Some(former.id) => refuse(Failure::InvalidSession),
        Some(_) | None => Ok(resumed),
    }
}

/// The state in a session whose challenge asked for a code.
fn former(app: &App, session: &str) -> Option<ChallengeState> {
    SecondFactor::ALL.into_iter().find_map(|factor| {
        ChallengeState::open(app, ChallengeKind::SecondFactor(factor), session).ok()
    })
}

async fn find(app: &App, state: &ChallengeState, device_key: &str) -> Result<Device> {
    let mut conn = app.db.read().await?;
    let found = store::devices::find(&mut conn, &state.pool, &state.user, device_key).await?;
    found.map_or_else(|| refuse(Failure::DeviceNotFound), Ok)
}

/// DEVICE_PASSWORD_VERIFIER: checks the device's proof. The secret block holds the state of the sign-in; a session
/// that comes with it has to be of the same challenge. A wrong proof leaves both usable, and counts as a wrong
/// password does.
///
/// # Errors
/// [`Failure::WrongCredentials`], [`Failure::DeviceKeyNotIssued`] for another device's key,
/// [`Failure::DeviceNotFound`] if the device was forgotten meanwhile; what behaviour 5.1 and 5.5 list.
pub async fn verify(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    session: Option<&str>,
    claim: &Claim<'_>,
) -> Result<Outcome> {
    let Some(claimed_at) = srp::parse_timestamp(claim.timestamp) else {
        return refuse(Failure::MalformedTimestamp);
    };
    let of_session = match session {
        Some(session) => Some(ChallengeState::open(
            app,
            ChallengeKind::DeviceVerifier,
            session,
        )?),
        None => None,
    };
    let opened = open_secret_block::<BlockState>(&app.vault, &BLOCK, claim.secret_block);
    let Some((BlockState { state, key }, block)) = opened else {
        return refuse(Failure::WrongCredentials);
    };
    let session_key = SessionKey::from_bytes(*Zeroizing::new(key));
    if of_session.is_some_and(|of_session| of_session.id != state.id) {
        return refuse(Failure::InvalidSession);
    }
    let name = Some(claim.name);
    let resumed = challenge_session::go_on(app, context, client_context, state, name).await?;
    let Resumed {
        state,
        user,
        credentials,
    } = resumed;
    let waiting = state.device.clone().ok_or(Failure::InvalidSession)?;
    if claim.device_key != Some(waiting.key.as_str()) {
        return refuse(Failure::DeviceKeyNotIssued);
    }
    let (pool, client) = (&client_context.pool, &client_context.client);
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    let guess = Guess::Password;
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    lock_out::check_lockout(app, context, &requester, guess).await?;
    let device = find(app, &state, &waiting.key).await?;
    let device_claim = DeviceClaim {
        secret_block: &block,
        timestamp: claim.timestamp,
        signature: claim.signature,
    };
    let is_proven = exchange::is_proven(&device, &session_key, device_claim);
    if !(is_proven && srp::is_of_now(app, context, claimed_at)) {
        return lock_out::refuse_wrong_password(app, context, &requester).await;
    }
    let groups =
        lock_out::check_lockout_and_load_groups(app, context, &requester, guess, &user).await?;
    let proven = state.proven;
    let standing = Standing {
        answered: Some(state),
        device_key: Some(waiting.key),
        is_device_proven: true,
        ..Standing::first(user, groups, proven)
    };
    let of = (client_context, &requester);
    step::take(app, context, of, credentials.as_ref(), standing).await
}
