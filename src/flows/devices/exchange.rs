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

/// Whether the device has signed the claim with the exchange's `key`.
#[must_use]
pub fn is_proven(device: &Device, key: &SessionKey, claim: DeviceClaim<'_>) -> bool {
    verify_claim_signature(
        key,
        &device.keys.group_key,
        &device.keys.key,
        claim.secret_block,
        claim.timestamp,
        claim.signature,
    )
}
