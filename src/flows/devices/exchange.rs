//! The SRP exchange by which a device proves that it is the one that was confirmed (behaviour 5.1): the server's
//! values for DEVICE_PASSWORD_VERIFIER, and the check of the device's answer. Who asks for it, and what it carries
//! from one request to the next, is the sign-in's business.

use super::open_verifier;
use crate::app::App;
use crate::crypto::srp::verify_claim_signature;
use crate::crypto::{ClientPublic, ServerChallenge, SessionKey, Turn};
use crate::domain::device::Device;
use crate::domain::failure::Failure;
use crate::flows::{Result, refuse};
use crate::store;

/// The server's side of an exchange that has begun.
#[derive(Debug)]
pub struct DeviceExchange {
    /// The device's salt, in hexadecimal (`SALT`).
    pub salt: String,
    /// B, in hexadecimal (`SRP_B`).
    pub public: String,
    /// The key that the device's signature is checked with. It belongs into what is sealed.
    pub key: SessionKey,
}

/// Answers the A of the device with B. Slow: two exponentiations on a thread for them, in turn.
///
/// # Errors
/// [`Failure::MalformedSrpA`], [`crate::flows::Error::Busy`].
pub async fn begin(app: &App, turn: &Turn, device: &Device, srp_a: &str) -> Result<DeviceExchange> {
    let Some(client_public) = ClientPublic::parse(srp_a) else {
        return refuse(Failure::MalformedSrpA);
    };
    let verifier = open_verifier(app, device)?;
    let secret = app.entropy.bytes();
    let (public, key) = app
        .passwords
        .run(turn, move || {
            let challenge = ServerChallenge::new(&verifier, secret);
            (
                challenge.public_hex(),
                challenge.session_key(&client_public),
            )
        })
        .await?;
    match key {
        Some(key) => Ok(DeviceExchange {
            salt: hex::encode(&device.srp_salt),
            public,
            key,
        }),
        None => refuse(Failure::MalformedSrpA),
    }
}

/// Which device an exchange was begun with; this belongs into what is sealed.
#[derive(Clone, Copy, Debug)]
pub struct DeviceId<'a> {
    /// The pool.
    pub pool_id: &'a str,
    /// The `sub` of the user.
    pub user_id: &'a str,
    /// The device's key.
    pub device_key: &'a str,
}

/// The device's answer.
#[derive(Clone, Copy, Debug)]
pub struct DeviceClaim<'a> {
    /// The secret block, decoded.
    pub secret_block: &'a [u8],
    /// The TIMESTAMP that the device signed. Whether it is of now is for the caller to check.
    pub timestamp: &'a str,
    /// The signature, base64.
    pub signature: &'a str,
}

/// The device, if it has signed the claim with the exchange's `key`; `None` if it has not, and if it was forgotten
/// since the exchange began, or is not remembered any more.
///
/// # Errors
/// If the store fails.
pub async fn verify(
    app: &App,
    id: DeviceId<'_>,
    key: &SessionKey,
    claim: DeviceClaim<'_>,
) -> Result<Option<Device>> {
    let mut conn = app.db.read().await?;
    let found = store::devices::find(&mut conn, id.pool_id, id.user_id, id.device_key).await?;
    let Some(device) = found.filter(Device::has_to_prove_itself) else {
        return Ok(None);
    };
    let signed = verify_claim_signature(
        key,
        &device.keys.group_key,
        &device.keys.key,
        claim.secret_block,
        claim.timestamp,
        claim.signature,
    );
    Ok(signed.then_some(device))
}
