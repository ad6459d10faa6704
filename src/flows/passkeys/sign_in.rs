//! Signing in with a passkey (administration 12.3): the options for the browser, and its response.

use serde::{Deserialize, Serialize};

use super::relying_party::relying_party_id;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::passkeys::{Expected, VerifiedAssertion, stand_in, verify_assertion};
use crate::crypto::simulated::{simulated_passkeys, simulated_uuid};
use crate::domain::failure::Failure;
use crate::domain::passkey::{self, Passkey};
use crate::domain::passkey_options::{Demand, request_options};
use crate::domain::passkey_response::{self, AuthenticationResponse};
use crate::domain::sign_in_settings::UserVerification;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::flows::{Error, Result, refuse};
use crate::store::passkeys::Use;
use crate::store::{self, Conn};

/// Bytes of a challenge, as many as in a registration.
const CHALLENGE_LENGTH: usize = 16;

/// Whose sign-in it is: a name, and the user that it finds, if it finds one.
#[derive(Clone, Copy)]
pub struct Claimant<'a> {
    /// The name that the caller typed.
    pub name: &'a str,
    /// The user, unless nobody has the name.
    pub user: Option<&'a User>,
}

/// What the answer to a WEB_AUTHN challenge has to fit. It is kept in the challenge's sealed Session, which is
/// bound to pool, client and user, ends, and is worth something once; this is not, by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyChallenge {
    /// The challenge, base64url.
    challenge: String,
    /// The domain of the passkeys.
    relying_party_id: String,
    /// Whether the authenticator has to verify its user.
    verification: UserVerification,
}

/// A WEB_AUTHN challenge.
pub struct Begun {
    /// `CREDENTIAL_REQUEST_OPTIONS`.
    pub options: String,
    /// To seal into the Session.
    pub challenge: PasskeyChallenge,
}

/// A right answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The passkey's id.
    pub credential_id: String,
    /// Whether the authenticator has verified its user, which makes the passkey worth two factors.
    pub user_verified: bool,
    /// Whether the passkey can be copied to other machines.
    pub is_synced: bool,
    credential: String,
    counter: u32,
}

/// Whether the pool lets a sign-in begin with a passkey and the user with this id, or what stands for one, has one for
/// the pool's present domain.
///
/// # Errors
/// If the database fails.
pub async fn is_available(app: &App, pool: &UserPool, user_id: &str) -> Result<bool> {
    if !pool.settings.allows_passkeys() {
        return Ok(false);
    }
    let Some(relying_party_id) = relying_party_id(app, pool) else {
        return Ok(false);
    };
    Ok(!of_domain(app, pool, user_id, &relying_party_id)
        .await?
        .is_empty())
}

/// Makes a challenge for the user's passkeys. For a name that nobody has, and for a user without a passkey, it
/// names some that do not exist, the same each time, so that the challenge does not tell (ADR 30).
///
/// # Errors
/// [`Failure::ChallengeNotSupported`] if the pool has no passkeys, or if the database fails.
pub async fn begin(app: &App, pool: &UserPool, claimant: Claimant<'_>) -> Result<Begun> {
    let relying_party_id = relying_party_id(app, pool).filter(|_| pool.settings.allows_passkeys());
    let Some(relying_party_id) = relying_party_id else {
        return refuse(Failure::ChallengeNotSupported);
    };
    let challenge = PasskeyChallenge {
        challenge: passkey_response::text(&app.entropy.bytes::<CHALLENGE_LENGTH>()),
        relying_party_id,
        verification: pool.settings.passkey_verification(),
    };
    let allowed = allowed(app, pool, claimant, &challenge.relying_party_id).await?;
    let demand = Demand {
        relying_party_id: &challenge.relying_party_id,
        challenge: &challenge.challenge,
        verification: challenge.verification,
    };
    let ids = allowed
        .passkeys
        .iter()
        .map(|passkey| (&*passkey.credential_id, &*passkey.transports));
    let options = request_options(&demand, ids).map_err(|error| Error::Internal(error.into()))?;
    Ok(Begun { options, challenge })
}

/// Checks the browser's response (`CREDENTIAL`, JSON as text) to a challenge. The caller writes a right answer with
/// [`record_use`], in the transaction that opens the session. For a name that nobody has it
/// costs as much, and is wrong.
///
/// # Errors
/// [`Failure::WrongCredentials`] for whatever is wrong with the response, [`Failure::ChallengeNotSupported`] if
/// the pool has taken passkeys back meanwhile, or if the database fails.
pub async fn check(
    app: &App,
    pool: &UserPool,
    claimant: Claimant<'_>,
    challenge: &PasskeyChallenge,
    response: &str,
) -> Result<Answered> {
    if !pool.settings.allows_passkeys() {
        return refuse(Failure::ChallengeNotSupported);
    }
    let allowed = allowed(app, pool, claimant, &challenge.relying_party_id).await?;
    let verified = verified(&allowed.passkeys, challenge, response)?;
    let user = claimant.user.filter(|_| allowed.exist);
    let (Some(user), Some((response, verified))) = (user, verified) else {
        return refuse(Failure::WrongCredentials);
    };
    // The authenticator knows the user by the id that the creation options gave.
    let handle = response.user_handle.as_deref();
    if handle.is_some_and(|handle| handle != user.id.as_bytes()) {
        return refuse(Failure::WrongCredentials);
    }
    Ok(Answered {
        credential_id: passkey_response::text(&response.credential_id),
        user_verified: verified.user_verified,
        is_synced: verified.is_synced,
        credential: verified.document,
        counter: verified.counter,
    })
}

/// Stores the passkey's new counter, and when it was used.
///
/// # Errors
/// [`Failure::WrongCredentials`] if another sign-in has used the counter, or the passkey is deleted; or if the
/// database fails.
pub async fn record_use(
    conn: &mut Conn,
    context: &RequestContext,
    user: &User,
    answered: &Answered,
) -> Result<()> {
    let used = Use {
        credential_id: &answered.credential_id,
        credential: &answered.credential,
        counter: answered.counter,
        at: context.now,
    };
    if store::passkeys::record_use(conn, &user.pool_id, &user.id, &used).await? {
        return Ok(());
    }
    refuse(Failure::WrongCredentials)
}

/// The user's passkeys for the domain; the others no browser would use there.
async fn of_domain(
    app: &App,
    pool: &UserPool,
    user_id: &str,
    relying_party_id: &str,
) -> Result<Vec<Passkey>> {
    let mut conn = app.db.read().await?;
    let mut passkeys = store::passkeys::of_user(&mut conn, &pool.id, user_id).await?;
    passkeys.retain(|passkey| passkey.relying_party_id == relying_party_id);
    Ok(passkeys)
}

/// The passkeys that may answer a challenge.
struct Allowed {
    passkeys: Vec<Passkey>,
    /// Whether they are the user's. Those that do not exist have a public key, so that checking a signature takes
    /// as long, but a right one is worth nothing.
    exist: bool,
}

/// The user's passkeys for the domain; where there are none, some that do not exist.
async fn allowed(
    app: &App,
    pool: &UserPool,
    claimant: Claimant<'_>,
    relying_party_id: &str,
) -> Result<Allowed> {
    let name = claimant
        .user
        .map_or(claimant.name, |user| user.username.as_str());
    let key = username::key(&pool.settings, name);
    // The same query, also where there is no user.
    let user_id = match claimant.user {
        Some(user) => user.id.clone(),
        None => simulated_uuid(&app.vault, &pool.id, &key).to_string(),
    };
    let passkeys = of_domain(app, pool, &user_id, relying_party_id).await?;
    let simulated = simulated_passkeys(&app.vault, &pool.id, &key);
    if !passkeys.is_empty() {
        return Ok(Allowed {
            passkeys,
            exist: true,
        });
    }
    let passkeys = simulated
        .into_iter()
        .map(|simulated| {
            Result::Ok(Passkey {
                credential_id: passkey_response::text(&simulated.credential_id),
                relying_party_id: relying_party_id.to_owned(),
                credential: stand_in(&simulated.credential_id)?,
                counter: 0,
                transports: simulated.transports,
                attachment: None,
                friendly_name: String::new(),
                created_at: pool.created_at,
                last_used_at: None,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Allowed {
        passkeys,
        exist: false,
    })
}

/// The response, read, and what it proves, if one of the passkeys has signed it for this challenge.
fn verified(
    allowed: &[Passkey],
    challenge: &PasskeyChallenge,
    response: &str,
) -> Result<Option<(AuthenticationResponse, VerifiedAssertion)>> {
    let Some(response) = AuthenticationResponse::parse(response) else {
        return Ok(None);
    };
    let client_data = &response.client_data;
    let within = passkey::is_within(&client_data.origin, &challenge.relying_party_id);
    let id = passkey_response::text(&response.credential_id);
    let passkey = allowed.iter().find(|passkey| passkey.credential_id == id);
    let Some(passkey) = passkey.filter(|_| within && !client_data.cross_origin) else {
        return Ok(None);
    };
    let expected = Expected {
        relying_party_id: &challenge.relying_party_id,
        origin: &client_data.origin,
        challenge: &challenge.challenge,
        verification: challenge.verification,
    };
    let verified = verify_assertion(&expected, passkey, &response)?;
    Ok(verified.map(|verified| (response, verified)))
}
