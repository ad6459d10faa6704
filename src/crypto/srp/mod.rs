//! SRP-6a in Cognito's variant: RFC 2945/5054 with its own padding, key derivation and proof (behaviour
//! 5.1).
//!
//! The server stores a verifier v = g^x instead of a password, and does not learn x in an exchange.
//! Exponentiations with a secret exponent run in constant time (crypto-bigint's Montgomery form
//! with a fixed window). In a release build a verifier or a [`ServerChallenge`] takes about 0.2 ms
//! (powers of g come from a table), a session key 1.8 ms (two full exponentiations). Call them
//! from a blocking thread, as [`crate::crypto::Passwords::run`] offers.
//!
//! A device's exchange is a user's, with other names: the device's group key is in the place of the pool's name, its
//! key in that of the user's id, and a password that it has drawn in that of the user's. The verifier comes from the
//! device ([`SrpVerifier::from_bytes`]).
//!
//! Numbers are padded as signed ones before they are hashed: `00` before a set top bit, and otherwise no
//! leading zeros. So the time can show the length of a hashed secret, in one of 256 exchanges, each of
//! which has new secrets. The protocol prescribes this.

pub mod client;
mod group;
mod server;

use std::fmt;

use aws_lc_rs::{digest, hkdf, hmac};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use super::CryptoError;
pub use group::ELEMENT_LENGTH;
use group::Element;
pub use server::{ClientPublic, ServerChallenge, SrpVerifier};

/// The 16-byte key that both sides derive and with which the client signs its claim.
#[derive(Clone)]
pub struct SessionKey(Zeroizing<[u8; 16]>);

impl SessionKey {
    /// A key from its bytes in a sealed secret block.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes, to be sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// The client's proof that it knows the password: HMAC-SHA256 with the session key over pool name,
/// user id, decoded secret block and timestamp, without separators. `pool_name` is the part of the
/// pool's id after `_`.
#[must_use]
pub fn claim_signature(
    key: &SessionKey,
    pool_name: &str,
    user_id: &str,
    secret_block: &[u8],
    timestamp: &str,
) -> [u8; 32] {
    let mut signature = [0; 32];
    let tag = claim_tag(key, pool_name, user_id, secret_block, timestamp);
    signature
        .iter_mut()
        .zip(tag.as_ref())
        .for_each(|(to, from)| *to = *from);
    signature
}

/// Whether `signature`, in base64, is the [`claim_signature`] of the rest, compared in constant
/// time.
#[must_use]
pub fn verify_claim_signature(
    key: &SessionKey,
    pool_name: &str,
    user_id: &str,
    secret_block: &[u8],
    timestamp: &str,
    signature: &str,
) -> bool {
    use subtle::ConstantTimeEq;
    let Ok(signature) = BASE64_STANDARD.decode(signature) else {
        return false;
    };
    claim_tag(key, pool_name, user_id, secret_block, timestamp)
        .as_ref()
        .ct_eq(&signature)
        .into()
}

fn claim_tag(
    key: &SessionKey,
    pool_name: &str,
    user_id: &str,
    secret_block: &[u8],
    timestamp: &str,
) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(pool_name.as_bytes());
    context.update(user_id.as_bytes());
    context.update(secret_block);
    context.update(timestamp.as_bytes());
    context.sign()
}

/// A 16-byte salt from random bytes. The first byte is never zero, since some clients read the salt as a
/// number and drop its leading zeros, and others do not.
#[must_use]
pub fn salt(mut random: [u8; 16]) -> [u8; 16] {
    if let [first @ 0, ..] = &mut random {
        *first = 1;
    }
    random
}

/// A number as the protocol hashes it: big-endian, no leading zeros, but `00` before a set top
/// bit. Zero is one zero byte.
fn pad(number: &[u8]) -> Zeroizing<Vec<u8>> {
    let digits = number
        .iter()
        .position(|byte| *byte != 0)
        .and_then(|first| number.get(first..))
        .unwrap_or_default();
    let mut padded = Zeroizing::new(Vec::with_capacity(digits.len() + 1));
    if digits.first().is_none_or(|first| *first >= 0x80) {
        padded.push(0);
    }
    padded.extend_from_slice(digits);
    padded
}

/// SHA-256 of the concatenated parts.
fn sha256(parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = Zeroizing::new([0; 32]);
    hash.iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(to, from)| *to = *from);
    hash
}

/// k = H(pad(N) || pad(g)), as an element of the group.
fn multiplier() -> Element {
    Element::from_hash(&sha256(&[&pad(&group::modulus_bytes()), &[2]]))
}

/// x = H(pad(salt) || H(pool name || user id || ":" || password)).
fn private_exponent(
    pool_name: &str,
    user_id: &str,
    password: &SecretString,
    salt: &[u8],
) -> Zeroizing<[u8; 32]> {
    let identity = sha256(&[
        pool_name.as_bytes(),
        user_id.as_bytes(),
        b":",
        password.expose_secret().as_bytes(),
    ]);
    sha256(&[&pad(salt), identity.as_slice()])
}

/// u = H(pad(A) || pad(B)). `None` if it is zero, since the session key would not depend on the
/// verifier.
fn scrambler(a_public: &[u8], b_public: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let u = sha256(&[&pad(a_public), &pad(b_public)]);
    u.iter().any(|byte| *byte != 0).then_some(u)
}

/// K: HKDF-SHA256 of pad(S) with the salt pad(u), the first 16 bytes.
fn derive_session_key(s: &Element, u: &[u8]) -> Result<SessionKey, CryptoError> {
    let secret = s.to_bytes();
    let mut okm = Zeroizing::new([0; 32]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, &pad(u))
        .extract(&pad(secret.as_slice()))
        .expand(&[b"Caldera Derived Key"], hkdf::HKDF_SHA256)?
        .fill(okm.as_mut_slice())?;
    // HKDF's 16-byte output is a prefix of its 32-byte output.
    let mut key = SessionKey::from_bytes([0; 16]);
    key.0
        .iter_mut()
        .zip(okm.iter())
        .for_each(|(to, from)| *to = *from);
    okm.zeroize();
    Ok(key)
}

#[cfg(test)]
mod tests;
