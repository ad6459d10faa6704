//! The client's side of SRP without its exponentiations.
//!
//! A client's arithmetic costs more than the server's, and here both share the processors. So the
//! generated users have the verifier v = 1 (the exponent x is 0), and the client's secret a is 1.
//! Then A = g = 2 and S = (B - k·v)^(a + u·x) = B - k: one subtraction. The server computes
//! S = (A·v^u)^b as always, and its exponentiations take the same time for every number; the limits
//! measure both, ordinary numbers and these.

use aws_lc_rs::{digest, hkdf};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cognate::crypto::SessionKey;
use cognate::crypto::srp::{ELEMENT_LENGTH, claim_signature};
use cognate::domain::device::DeviceKeys;
use serde::Deserialize;

/// A in hexadecimal.
pub const A: &str = "02";
/// k = H(pad(N) || pad(g)), which depends on the group only.
const MULTIPLIER: &str = "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6";

/// The verifier of every generated user: 1.
pub fn verifier() -> [u8; ELEMENT_LENGTH] {
    let mut one = [0; ELEMENT_LENGTH];
    if let Some(last) = one.last_mut() {
        *last = 1;
    }
    one
}

/// What a device sends to be confirmed that has the verifier 1: the verifier and a salt, base64.
pub fn device_secret() -> [String; 2] {
    [verifier().as_slice(), b"\x01ognate's benchm"].map(|value| BASE64_STANDARD.encode(value))
}

/// A time as clients write it in an exchange.
pub fn timestamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .unwrap_or_default()
        .strftime("%a %b %-d %H:%M:%S UTC %Y")
        .to_string()
}

/// The answer to InitiateAuth, as far as it matters.
#[derive(Deserialize)]
pub struct Challenge<'a> {
    #[serde(rename = "ChallengeParameters", borrow)]
    parameters: Parameters<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Parameters<'a> {
    user_id_for_srp: &'a str,
    srp_b: &'a str,
    secret_block: &'a str,
}

impl<'a> Challenge<'a> {
    /// Reads the body of an answer.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// The body of the call that answers the challenge in the pool with this name, from the device that has this
    /// key if it has one; `None` if the server's numbers are none.
    pub fn response(
        &self,
        pool: &str,
        client: &str,
        device_key: Option<&str>,
        timestamp: &str,
    ) -> Option<String> {
        let Parameters {
            user_id_for_srp: user,
            srp_b,
            secret_block: block,
        } = self.parameters;
        let signature = sign(srp_b, pool, user, block, timestamp)?;
        let device = device_key.map_or_else(String::new, |key| format!(r#","DEVICE_KEY":"{key}""#));
        Some(format!(
            r#"{{"ChallengeName":"PASSWORD_VERIFIER","ClientId":"{client}","ChallengeResponses":{{"USERNAME":"{user}","PASSWORD_CLAIM_SECRET_BLOCK":"{block}","PASSWORD_CLAIM_SIGNATURE":"{signature}","TIMESTAMP":"{timestamp}"{device}}}}}"#
        ))
    }
}

/// The answer to DEVICE_SRP_AUTH, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeviceChallenge<'a> {
    #[serde(borrow)]
    challenge_parameters: DeviceParameters<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct DeviceParameters<'a> {
    srp_b: &'a str,
    secret_block: &'a str,
}

impl<'a> DeviceChallenge<'a> {
    /// Reads the body of an answer.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// The body of the call that answers the challenge; `None` if the server's numbers are none.
    pub fn response(
        &self,
        client: &str,
        user: &str,
        keys: &DeviceKeys,
        timestamp: &str,
    ) -> Option<String> {
        let DeviceParameters {
            srp_b,
            secret_block: block,
        } = self.challenge_parameters;
        let key = &keys.key;
        let signature = sign(srp_b, &keys.group_key, key, block, timestamp)?;
        Some(format!(
            r#"{{"ChallengeName":"DEVICE_PASSWORD_VERIFIER","ClientId":"{client}","ChallengeResponses":{{"USERNAME":"{user}","DEVICE_KEY":"{key}","PASSWORD_CLAIM_SECRET_BLOCK":"{block}","PASSWORD_CLAIM_SIGNATURE":"{signature}","TIMESTAMP":"{timestamp}"}}}}"#
        ))
    }
}

/// The signature of a secret block, base64, by whoever has the verifier 1.
fn sign(srp_b: &str, group: &str, identity: &str, block: &str, timestamp: &str) -> Option<String> {
    let key = session_key(srp_b)?;
    let decoded = BASE64_STANDARD.decode(block).ok()?;
    let signature = claim_signature(&key, group, identity, &decoded, timestamp);
    Some(BASE64_STANDARD.encode(signature))
}

fn session_key(b: &str) -> Option<SessionKey> {
    let b = hex::decode(format!("{b:0>768}")).ok()?;
    let multiplier = hex::decode(MULTIPLIER).ok()?;
    let u = digest::digest(&digest::SHA256, &[&[2], pad(&b).as_slice()].concat());
    let s = difference(&b, &multiplier);
    let mut key = [0; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, &pad(u.as_ref()))
        .extract(&pad(&s))
        .expand(&[b"Caldera Derived Key"], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .ok()?;
    Some(SessionKey::from_bytes(*key.first_chunk()?))
}

/// `from - number`, big-endian. A B below k comes once in 2^2816 exchanges.
fn difference(from: &[u8], number: &[u8]) -> Vec<u8> {
    let mut result = from.to_vec();
    let mut borrow = 0;
    let digits = number.iter().rev().chain(std::iter::repeat(&0));
    for (to, digit) in result.iter_mut().rev().zip(digits) {
        let (first, under) = to.overflowing_sub(*digit);
        let (second, again) = first.overflowing_sub(borrow);
        *to = second;
        borrow = u8::from(under || again);
    }
    result
}

/// A number as the protocol hashes it: no leading zeros, but one before a set top bit.
fn pad(number: &[u8]) -> Vec<u8> {
    let digits = number.iter().skip_while(|byte| **byte == 0).copied();
    let mut padded: Vec<u8> = digits.collect();
    if padded.first().is_none_or(|first| *first >= 0x80) {
        padded.insert(0, 0);
    }
    padded
}

#[cfg(test)]
mod tests {
    use cognate::crypto::{ClientPublic, ServerChallenge, SrpVerifier};

    use super::*;

    #[test]
    fn both_sides_derive_the_same_key() {
        let verifier = SrpVerifier::from_bytes(&verifier()).unwrap();
        for byte in [1, 77, 255] {
            let server = ServerChallenge::new(&verifier, [byte; 32]);
            let theirs = server
                .session_key(&ClientPublic::parse(A).unwrap())
                .unwrap();
            let ours = session_key(&server.public_hex()).unwrap();
            assert_eq!(ours.as_bytes(), theirs.as_bytes());
        }
    }
}
