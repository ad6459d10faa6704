//! Registering a passkey (administration 12.2).

use secrecy::SecretString;
use serde_json::Value;

use super::relying_party::relying_party_id;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::passkeys::{Expected, verify_registration};
use crate::domain::app_client::AppClient;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::{Failure, Limited};
use crate::domain::passkey::{self, MOST_PASSKEYS, Passkey, Registration};
use crate::domain::passkey_fault::PasskeyFault;
use crate::domain::passkey_options::{Demand, PasskeyOwner, creation_options};
use crate::domain::passkey_response::{self, RegistrationResponse};
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::authorize;
use crate::flows::profile::attributes::current_user;
use crate::flows::{Error, Result, refuse, retry};
use crate::store::{self, Conn};

/// How long a registration may take: the minute that the browser has, and time for a slow network and a
/// browser that gives its user more.
const REGISTRATION_SECONDS: i64 = 5 * 60;
/// Bytes of a challenge (administration 12.2).
const CHALLENGE_LENGTH: usize = 16;

/// StartWebAuthnRegistration: the options with which the caller's browser makes a passkey, as JSON.
///
/// # Errors
/// What behaviour 1.6 lists, [`PasskeyFault::NotEnabled`], [`PasskeyFault::NoRelyingParty`],
/// [`Failure::LimitReached`].
pub async fn begin(app: &App, context: &RequestContext, token: &SecretString) -> Result<String> {
    let caller = authorize::authorize(app, context, token).await?;
    let of = (caller.pool.as_ref(), caller.client.as_ref());
    begin_for(app, context, of, caller.user).await
}

/// [`begin`], for a user who is signed in at the pool's domain.
///
/// # Errors
/// [`PasskeyFault::NotEnabled`], [`PasskeyFault::NoRelyingParty`], [`Failure::LimitReached`].
pub async fn begin_for(
    app: &App,
    context: &RequestContext,
    (pool, client): (&UserPool, &AppClient),
    user: User,
) -> Result<String> {
    check_enabled(pool)?;
    let Some(relying_party_id) = relying_party_id(app, pool) else {
        return refuse(Failure::Passkey(PasskeyFault::NoRelyingParty));
    };
    let registered = {
        let mut conn = app.db.read().await?;
        store::passkeys::of_user(&mut conn, &pool.id, &user.id).await?
    };
    check_room(i64::try_from(registered.len()).unwrap_or(i64::MAX))?;
    let challenge = app.entropy.bytes::<CHALLENGE_LENGTH>();
    let registration = Registration {
        challenge: passkey_response::text(&challenge),
        client_id: client.id.clone(),
        relying_party_id,
        verification: pool.settings.passkey_verification(),
        expires_at: context.now.plus_seconds(REGISTRATION_SECONDS),
    };
    let owner = PasskeyOwner {
        sub: &user.id,
        username: &user.username,
    };
    let demand = Demand {
        relying_party_id: &registration.relying_party_id,
        challenge: &registration.challenge,
        verification: registration.verification,
    };
    let options = creation_options(&demand, &owner, &registered)
        .map_err(|error| Error::Internal(error.into()))?;
    let mut authorized = Some(user.clone());
    retry!(async {
        let user = current_user(app, pool, &user.id, authorized.take()).await?;
        let mut tx = app.db.begin().await?;
        store::passkey_registrations::insert(&mut tx, &pool.id, &user.id, &registration).await?;
        store::passkey_registrations::forget_oldest(&mut tx, &pool.id, &user.id).await?;
        // At a domain the server offers a passkey unasked, so that there only one that is made is an event.
        if !context.at_domain {
            record(app, context, &mut tx, client, &user).await?;
        }
        tx.commit().await?;
        Ok(())
    })?;
    Ok(options)
}

/// CompleteWebAuthnRegistration: registers the passkey that the caller's browser has made. `document` is what
/// the browser hands back. A refused response leaves the registration open.
///
/// # Errors
/// What behaviour 1.6 and administration 12.2 list.
pub async fn complete(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    document: &Value,
) -> Result<()> {
    let caller = authorize::authorize(app, context, token).await?;
    let of = (caller.pool.as_ref(), caller.client.as_ref());
    complete_for(app, context, of, caller.user, document).await
}

/// [`complete`], for a user who is signed in at the pool's domain.
///
/// # Errors
/// What administration 12.2 lists.
pub async fn complete_for(
    app: &App,
    context: &RequestContext,
    (pool, client): (&UserPool, &AppClient),
    user: User,
    document: &Value,
) -> Result<()> {
    check_enabled(pool)?;
    let Some(response) = RegistrationResponse::parse(document) else {
        return refuse(Failure::Passkey(PasskeyFault::Malformed));
    };
    let challenge = response.client_data.challenge_text();
    let found = {
        let mut conn = app.db.read().await?;
        let now = context.now;
        store::passkey_registrations::find(&mut conn, &pool.id, &user.id, &challenge, now).await?
    };
    let Some(registration) = found else {
        return refuse(Failure::Passkey(PasskeyFault::ChallengeNotFound));
    };
    if registration.client_id != client.id {
        return refuse(Failure::Passkey(PasskeyFault::OtherClient));
    }
    let passkey = made(context, &registration, &response).map_err(Failure::Passkey)?;
    let mut authorized = Some(user.clone());
    retry!(async {
        let user = current_user(app, pool, &user.id, authorized.take()).await?;
        let mut tx = app.db.begin().await?;
        // One registration of a user after the other, so that they are counted right.
        if !store::users::hold(&mut tx, &user).await? {
            return Err(Error::Stale);
        }
        if !store::passkey_registrations::complete(&mut tx, &pool.id, &user.id, &challenge).await? {
            return refuse(Failure::Passkey(PasskeyFault::ChallengeNotFound));
        }
        check_room(store::passkeys::count(&mut tx, &pool.id, &user.id).await?)?;
        if !store::passkeys::insert(&mut tx, &pool.id, &user.id, &passkey).await? {
            return refuse(Failure::Passkey(PasskeyFault::Malformed));
        }
        if context.at_domain {
            record(app, context, &mut tx, client, &user).await?;
        }
        tx.commit().await?;
        Ok(())
    })
}

async fn record(
    app: &App,
    context: &RequestContext,
    tx: &mut Conn,
    client: &AppClient,
    user: &User,
) -> Result<()> {
    let of = (Subject::user(&user.pool_id, &user.id), Some(client));
    let what = (EventKind::FactorChange, Outcome::Pass);
    auth_events::record(app, context, tx, of, what).await
}

fn check_enabled(pool: &UserPool) -> Result<()> {
    if pool.settings.allows_passkeys() {
        return Ok(());
    }
    refuse(Failure::Passkey(PasskeyFault::NotEnabled))
}

fn check_room(passkeys: i64) -> Result<()> {
    if passkeys < MOST_PASSKEYS {
        return Ok(());
    }
    refuse(Failure::LimitReached(Limited::Passkeys, MOST_PASSKEYS))
}

/// The passkey of the response, if that fits the registration.
fn made(
    context: &RequestContext,
    registration: &Registration,
    response: &RegistrationResponse,
) -> std::result::Result<Passkey, PasskeyFault> {
    let client_data = &response.client_data;
    let within = passkey::is_within(&client_data.origin, &registration.relying_party_id);
    if client_data.cross_origin || !within {
        return Err(PasskeyFault::Origin);
    }
    let expected = Expected {
        relying_party_id: &registration.relying_party_id,
        origin: &client_data.origin,
        challenge: &registration.challenge,
        verification: registration.verification,
    };
    let credential = verify_registration(&expected, response)?;
    Ok(Passkey {
        credential_id: passkey_response::text(&response.credential_id),
        relying_party_id: registration.relying_party_id.clone(),
        credential: credential.document,
        counter: credential.counter,
        transports: response.transports.clone(),
        attachment: response.attachment,
        friendly_name: passkey::friendly_name(response.attachment).to_owned(),
        created_at: context.now,
        last_used_at: None,
    })
}
