//! ConfirmDevice (administration 12.4).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::SecretString;

use super::{address, seal_verifier};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::SrpVerifier;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::device::{self, Device, DeviceKeys};
use crate::domain::failure::Failure;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::authorize::{self, Authorized};
use crate::flows::{Result, refuse, retry};
use crate::store::sessions::LiveSession;
use crate::store::{self, Conn};

/// The most bytes of a salt. Clients draw 16, and may put a zero byte before them.
const MAX_SALT_LENGTH: usize = 64;
/// The longest text that is decoded.
const MAX_BASE64_LENGTH: usize = 1024;

/// What a device sends to be confirmed.
pub struct Confirmation {
    /// Its key, as the sign-in issued it.
    pub device_key: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// `PasswordVerifier`, base64.
    pub verifier: Option<String>,
    /// `Salt`, base64.
    pub salt: Option<String>,
}

/// Confirms the device that the token's sign-in has issued a key to. Returns whether it is remembered only when
/// its user agrees. Beyond the most devices of a user, the one whose last sign-in is longest ago is forgotten.
///
/// # Errors
/// What behaviour 1.6 lists, [`Failure::DeviceKeyNotIssued`], [`Failure::MissingParameter`],
/// [`Failure::MalformedDeviceVerifier`], [`Failure::DeviceExists`].
pub async fn confirm(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    request: &Confirmation,
) -> Result<bool> {
    let caller = authorize::authorize(app, context, token).await?;
    let (Some(settings), Some(keys)) = (
        caller.pool.settings.device,
        DeviceKeys::of(&request.device_key),
    ) else {
        return refuse(Failure::DeviceKeyNotIssued);
    };
    let is_remembered = !settings.remembered_on_user_prompt;
    retry!(try_confirm(
        app,
        context,
        &caller,
        request,
        &keys,
        is_remembered
    ))?;
    Ok(settings.remembered_on_user_prompt)
}

async fn try_confirm(
    app: &App,
    context: &RequestContext,
    caller: &Authorized,
    request: &Confirmation,
    keys: &DeviceKeys,
    remembered: bool,
) -> Result<()> {
    let (pool_id, user_id) = (caller.pool.id.as_str(), caller.user.id.as_str());
    let session = issuing_session(&mut app.db.read().await?, caller, keys).await?;
    let (salt, verifier) = secret(request)?;
    let device = Device {
        pool_id: pool_id.to_owned(),
        user_id: user_id.to_owned(),
        keys: keys.clone(),
        name: request.name.clone(),
        remembered,
        second_factor: session.second_factor,
        srp_salt: salt,
        srp_verifier: seal_verifier(app, pool_id, user_id, &keys.key, &verifier)?,
        last_address: address(context, &caller.client),
        user_agent: device::stored_agent(context.user_agent.as_deref()),
        created_at: context.now,
        modified_at: context.now,
        authenticated_at: context.now,
    };
    let mut tx = app.db.begin().await?;
    let until = device::forgotten_after(context.now, session.expires_at);
    if !store::devices::insert(&mut tx, &device, until).await? {
        return refuse(Failure::DeviceExists);
    }
    // Behind the insertion: a transaction that has forgotten the device meanwhile has ended the session too.
    issuing_session(&mut tx, caller, keys).await?;
    let most = device::MOST;
    for key in store::devices::beyond(&mut tx, pool_id, user_id, &keys.key, most).await? {
        store::devices::delete(&mut tx, pool_id, user_id, &key).await?;
        store::sessions::revoke_of_device(&mut tx, pool_id, user_id, &key, context.now).await?;
    }
    let of = (
        Subject::user(pool_id, user_id),
        Some(caller.client.as_ref()),
    );
    let what = (EventKind::DeviceChange, Outcome::Pass);
    auth_events::record(app, context, &mut tx, of, what).await?;
    Ok(tx.commit().await?)
}

/// The caller's session, if it is the one that has issued these keys.
async fn issuing_session(
    conn: &mut Conn,
    caller: &Authorized,
    keys: &DeviceKeys,
) -> Result<LiveSession> {
    let (pool_id, user_id) = (&caller.pool.id, &caller.user.id);
    let session = store::sessions::find_live(conn, pool_id, user_id, &caller.session_id).await?;
    let Some(session) = session else {
        return refuse(Failure::AccessTokenRevoked);
    };
    if session.device_key.as_deref() != Some(keys.key.as_str()) {
        return refuse(Failure::DeviceKeyNotIssued);
    }
    Ok(session)
}

/// The salt and the verifier that the device has made.
fn secret(request: &Confirmation) -> std::result::Result<(Vec<u8>, SrpVerifier), Failure> {
    let decode = |text: &Option<String>, name: &str| {
        let text = text.as_deref().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| Failure::MissingParameter(name.to_owned()))?;
        let decoded = (text.len() <= MAX_BASE64_LENGTH).then(|| BASE64_STANDARD.decode(text));
        let decoded = decoded.and_then(std::result::Result::ok);
        decoded.ok_or(Failure::MalformedDeviceVerifier)
    };
    let verifier = decode(&request.verifier, "PasswordVerifier")?;
    let salt = decode(&request.salt, "Salt")?;
    let is_salt = salt.len() <= MAX_SALT_LENGTH && salt.iter().any(|byte| *byte != 0);
    match SrpVerifier::from_bytes(&verifier).filter(|_| is_salt) {
        Some(verifier) => Ok((salt, verifier)),
        None => Err(Failure::MalformedDeviceVerifier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(salt: &[u8], verifier: &[u8]) -> Confirmation {
        Confirmation {
            device_key: String::new(),
            name: None,
            verifier: Some(BASE64_STANDARD.encode(verifier)),
            salt: Some(BASE64_STANDARD.encode(salt)),
        }
    }

    #[test]
    fn salts_and_verifiers_are_numbers_of_the_group() {
        for (salt, verifier) in [
            (&[7; 16][..], &[5; 384][..]),
            (&[0, 0x80, 1], &[5]),
            (&[1; 64], &[&[0][..], &[0x80; 384]].concat()),
        ] {
            let (kept, _) = secret(&request(salt, verifier)).unwrap();
            assert_eq!(kept, salt);
        }
        for (salt, verifier) in [
            (&[0; 16][..], &[5][..]),
            (&[1; 65], &[5]),
            (&[1], &[0]),
            (&[1], &[0; 384]),
            (&[1], &[0xff; 384]),
            (&[1], &[1; 385]),
            (&[1], &[5; 800]),
        ] {
            let fault = secret(&request(salt, verifier)).unwrap_err();
            assert_eq!(fault, Failure::MalformedDeviceVerifier);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = request(&[1], &[5]);
        for (request, name) in [
            (
                Confirmation {
                    verifier: None,
                    ..request(&[1], &[5])
                },
                "PasswordVerifier",
            ),
            (
                Confirmation {
                    salt: Some(String::new()),
                    ..whole
                },
                "Salt",
            ),
        ] {
            let fault = secret(&request).unwrap_err();
            assert_eq!(fault, Failure::MissingParameter(name.to_owned()));
        }
        let no_base64 = Confirmation {
            salt: Some("a salt".to_owned()),
            ..request(&[1], &[5])
        };
        let fault = secret(&no_base64).unwrap_err();
        assert_eq!(fault, Failure::MalformedDeviceVerifier);
    }
}
