//! Authenticator apps: set up with an access token or within a sign-in, and their codes (behaviour 5.6).

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::crypto::totp::TotpSecret;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::second_factor::SecondFactor;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::authorize::Authorized;
use crate::flows::authentication::challenge_session::{
    ChallengeKind, ChallengeState, NewSoftwareToken, resume,
};
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, Result, lookup, refuse};
use crate::store::Conn;
use crate::store::software_tokens::{self, Proof};

/// What the sealed secret of an app that is being set up is bound to, beside pool and user: it opens as no proven
/// one.
const BEING_SET_UP: &str = "new";

fn check_pool(pool: &UserPool) -> Result<()> {
    if pool.settings.has_factor(SecondFactor::SoftwareToken) {
        Ok(())
    } else {
        refuse(Failure::SoftwareTokenNotInPool)
    }
}

fn new_secret(app: &App) -> TotpSecret {
    TotpSecret::from_bytes(app.entropy.bytes())
}

fn seal_proven(app: &App, user: &User, secret: &TotpSecret) -> Result<Vec<u8>> {
    let bound_to = [user.pool_id.as_str(), user.id.as_str()];
    Ok(app
        .vault
        .seal(KeyPurpose::TotpSeed, &bound_to, secret.as_bytes())?)
}

/// AssociateSoftwareToken with an access token: begins to set an app up and returns its secret, base32. The app
/// that the user has stays until the new one is proven.
///
/// # Errors
/// [`Failure::SoftwareTokenNotInPool`].
pub async fn associate(app: &App, caller: &Authorized) -> Result<String> {
    check_pool(&caller.pool)?;
    let (pool_id, user_id) = (caller.pool.id.as_str(), caller.user.id.as_str());
    let secret = new_secret(app);
    let bound_to = [pool_id, user_id, BEING_SET_UP];
    let sealed = app
        .vault
        .seal(KeyPurpose::TotpSeed, &bound_to, secret.as_bytes())?;
    let mut conn = app.db.write().await?;
    software_tokens::begin(&mut conn, pool_id, user_id, &sealed).await?;
    Ok(secret.base32())
}

/// VerifySoftwareToken with an access token: proves the app that is being set up by a code of it. It becomes a
/// second factor by SetUserMFAPreference.
///
/// # Errors
/// [`Failure::SoftwareTokenNotInPool`], [`Failure::SoftwareTokenNotProven`].
pub async fn verify(
    app: &App,
    context: &RequestContext,
    caller: &Authorized,
    code: &str,
    name: Option<&str>,
) -> Result<()> {
    check_pool(&caller.pool)?;
    let (pool_id, user_id) = (caller.pool.id.as_str(), caller.user.id.as_str());
    let stored = software_tokens::find(&mut app.db.read().await?, pool_id, user_id).await?;
    let new = stored.and_then(|stored| stored.new_secret);
    let proven = new.and_then(|sealed| {
        let bound_to = [pool_id, user_id, BEING_SET_UP];
        let bytes = app.vault.open(KeyPurpose::TotpSeed, &bound_to, &sealed)?;
        let secret = TotpSecret::from_slice(&bytes)?;
        let step = secret.matching_step(code, context.now)?;
        Some((sealed, secret, step))
    });
    let Some((sealed, secret, step)) = proven else {
        return refuse(Failure::SoftwareTokenNotProven);
    };
    let proof = Proof {
        secret: &seal_proven(app, &caller.user, &secret)?,
        step,
        name,
    };
    let mut tx = app.db.begin().await?;
    if !software_tokens::complete(&mut tx, pool_id, user_id, &sealed, &proof).await? {
        return refuse(Failure::SoftwareTokenNotProven);
    }
    let of = (
        Subject::user(pool_id, user_id),
        Some(caller.client.as_ref()),
    );
    let what = (EventKind::FactorChange, Outcome::Pass);
    auth_events::record(app, context, &mut tx, of, what).await?;
    Ok(tx.commit().await?)
}

/// The client and pool of a session that names them itself, since the operation does not.
async fn context_of(app: &App, session: &str) -> Result<ClientContext> {
    let state = ChallengeState::open(app, ChallengeKind::SetUpSecondFactor, session)?;
    match lookup::client_context(app, &state.client).await {
        Err(Error::Refused(Failure::ClientNotFound(_))) => refuse(Failure::InvalidSession),
        other => other,
    }
}

/// AssociateSoftwareToken with the session of MFA_SETUP: the secret, base32, and the session to go on with.
///
/// # Errors
/// [`Failure::SoftwareTokenNotInPool`], and what behaviour 5.5 lists.
pub async fn associate_in_sign_in(
    app: &App,
    context: &RequestContext,
    session: &str,
) -> Result<(String, String)> {
    let kind = ChallengeKind::SetUpSecondFactor;
    let client_context = context_of(app, session).await?;
    let resumed = resume(app, context, &client_context, kind, session, None).await?;
    check_pool(&client_context.pool)?;
    let secret = new_secret(app).base32();
    let state = ChallengeState {
        app: Some(NewSoftwareToken {
            secret: secret.clone(),
            proven_step: None,
            name: None,
        }),
        ..resumed.state
    };
    Ok((secret, state.seal(app, kind)?))
}

/// VerifySoftwareToken with the session of AssociateSoftwareToken: proves the app, and returns the session that
/// answers MFA_SETUP.
///
/// # Errors
/// [`Failure::SoftwareTokenNotInPool`], [`Failure::SoftwareTokenNotProven`], and what behaviour 5.5 lists.
pub async fn verify_in_sign_in(
    app: &App,
    context: &RequestContext,
    session: &str,
    code: &str,
    name: Option<&str>,
) -> Result<String> {
    let kind = ChallengeKind::SetUpSecondFactor;
    let client_context = context_of(app, session).await?;
    let resumed = resume(app, context, &client_context, kind, session, None).await?;
    check_pool(&client_context.pool)?;
    let Some(new) = resumed.state.app.clone() else {
        return refuse(Failure::SoftwareTokenNotProven);
    };
    let step = TotpSecret::from_base32(&new.secret)
        .and_then(|secret| secret.matching_step(code, context.now));
    let Some(step) = step else {
        return refuse(Failure::SoftwareTokenNotProven);
    };
    let state = ChallengeState {
        app: Some(NewSoftwareToken {
            proven_step: Some(step),
            name: name.map(ToOwned::to_owned),
            ..new
        }),
        ..resumed.state
    };
    state.seal(app, kind)
}

/// A code that a sign-in accepts, in the transaction that signs in.
#[derive(Clone)]
pub(crate) enum Acceptance {
    /// The code of this step of the user's app.
    Used(i64),
    /// This app, which the user has set up in the sign-in.
    New {
        secret: TotpSecret,
        step: i64,
        name: Option<String>,
    },
}

impl Acceptance {
    /// Accepts the code, in the caller's transaction.
    ///
    /// # Errors
    /// [`Failure::SoftwareTokenReused`] if the code, or a later one, was accepted before.
    pub async fn write(&self, app: &App, conn: &mut Conn, user: &User) -> Result<()> {
        let (pool_id, user_id) = (user.pool_id.as_str(), user.id.as_str());
        match self {
            Self::Used(step) => {
                if !software_tokens::accept(conn, pool_id, user_id, *step).await? {
                    return refuse(Failure::SoftwareTokenReused);
                }
            }
            Self::New { secret, step, name } => {
                let proof = Proof {
                    secret: &seal_proven(app, user, secret)?,
                    step: *step,
                    name: name.as_deref(),
                };
                software_tokens::replace(conn, pool_id, user_id, &proof).await?;
            }
        }
        Ok(())
    }
}

/// The app of a session, if a code has proven it.
pub(crate) fn proven_in_session(new: &NewSoftwareToken) -> Option<Acceptance> {
    Some(Acceptance::New {
        secret: TotpSecret::from_base32(&new.secret)?,
        step: new.proven_step?,
        name: new.name.clone(),
    })
}

/// The step whose code this is by the user's app; `None` if it is none, or the user has no app.
///
/// # Errors
/// If the secret does not open, which means that the master key is not the one it was sealed under.
pub(crate) async fn matching_step(
    app: &App,
    context: &RequestContext,
    user: &User,
    code: &str,
) -> Result<Option<i64>> {
    let (pool_id, user_id) = (user.pool_id.as_str(), user.id.as_str());
    let stored = software_tokens::find(&mut app.db.read().await?, pool_id, user_id).await?;
    let Some(sealed) = stored.and_then(|stored| stored.secret) else {
        return Ok(None);
    };
    let secret = app
        .vault
        .open(KeyPurpose::TotpSeed, &[pool_id, user_id], &sealed)
        .and_then(|bytes| TotpSecret::from_slice(&bytes))
        .ok_or_else(|| {
            Error::internal("an authenticator app's secret does not open under the master key")
        })?;
    Ok(secret.matching_step(code, context.now))
}

/// Whether the user has a proven app.
///
/// # Errors
/// If the store fails.
pub(crate) async fn has(app: &App, user: &User) -> Result<bool> {
    let mut conn = app.db.read().await?;
    let stored = software_tokens::find(&mut conn, &user.pool_id, &user.id).await?;
    Ok(stored.is_some_and(|stored| stored.secret.is_some()))
}
