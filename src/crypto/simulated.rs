//! Stable values for users that do not exist, so that repeated requests do not distinguish them from
//! users that do. Each is derived from the current master key of the vault, and changes with it.

use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use super::CryptoError;
use super::srp::{self, ELEMENT_LENGTH, SrpVerifier};
use super::vault::{KeyPurpose, Vault};

/// The SRP salt of a user that does not exist: the same for the same pool and name, and of the same form
/// as a real one ([`srp::salt`]). `username` should be in the form in which users are looked up, so that
/// different spellings of one name get the same salt.
#[must_use]
pub fn simulated_salt(vault: &Vault, pool_id: &str, username: &str) -> [u8; 16] {
    srp::salt(half(&derive(vault, "salt", pool_id, username)))
}

/// The `sub` of a user that does not exist, for pools where usernames are UUIDs.
#[must_use]
pub fn simulated_uuid(vault: &Vault, pool_id: &str, username: &str) -> uuid::Uuid {
    uuid::Builder::from_random_bytes(half(&derive(vault, "uuid", pool_id, username))).into_uuid()
}

/// An SRP verifier that matches no password, for the challenge of a user that does not exist. It costs
/// no exponentiation, like reading a real one.
///
/// # Errors
/// [`CryptoError`] if the library fails.
pub fn simulated_verifier(
    vault: &Vault,
    pool_id: &str,
    username: &str,
) -> Result<SrpVerifier, CryptoError> {
    let seed = derive(vault, "verifier", pool_id, username);
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, seed.as_slice());
    let mut bytes = Zeroizing::new([0; ELEMENT_LENGTH]);
    for (counter, block) in (0_u8..).zip(bytes.chunks_exact_mut(32)) {
        prk.expand(&[b"verifier", &[counter]], hkdf::HKDF_SHA256)?
            .fill(block)?;
    }
    // Below 2^3071, and so below the prime.
    if let Some(first) = bytes.first_mut() {
        *first &= 0x7f;
    }
    SrpVerifier::from_bytes(bytes.as_slice()).ok_or(CryptoError::BadKey)
}

/// A passkey that does not exist.
pub struct SimulatedPasskey {
    /// Its id, of a length that authenticators use.
    pub credential_id: Vec<u8>,
    /// The transports that such an authenticator names.
    pub transports: Vec<String>,
}

/// The passkeys of a user that does not exist, or has none: one, two or three, the same for the same pool and
/// name. Ids and transports are like those of the three kinds of authenticators that most passkeys are kept in:
/// Google's, Apple's, and Windows Hello.
#[must_use]
pub fn simulated_passkeys(vault: &Vault, pool_id: &str, username: &str) -> Vec<SimulatedPasskey> {
    let traits = derive(vault, "passkeys", pool_id, username);
    let [first, kinds @ ..] = *traits;
    // Most people have one.
    let count = match first % 8 {
        0..=4 => 1,
        5 | 6 => 2,
        _ => 3,
    };
    let ids = ["passkey 1", "passkey 2", "passkey 3"];
    ids.into_iter()
        .zip(kinds)
        .take(count)
        .map(|(label, kind)| {
            let id = derive(vault, label, pool_id, username);
            let (length, transports): (_, &[&str]) = match kind % 3 {
                0 => (16, &["hybrid", "internal"]),
                1 => (20, &["hybrid", "internal"]),
                _ => (32, &["internal"]),
            };
            SimulatedPasskey {
                credential_id: id.iter().take(length).copied().collect(),
                transports: transports.iter().map(|word| (*word).to_owned()).collect(),
            }
        })
        .collect()
}

fn derive(vault: &Vault, what: &str, pool_id: &str, username: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(vault.keyed_hash(
        KeyPurpose::SimulatedUser,
        &[what.as_bytes(), pool_id.as_bytes(), username.as_bytes()],
    ))
}

fn half(hash: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    half
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::crypto::vault::MasterKey;
    use crate::entropy::Entropy;

    fn vault(key: u8) -> Vault {
        Vault::new(&MasterKey::from_bytes([key; 32]), &[], Entropy).unwrap()
    }

    #[test]
    fn simulated_values_are_stable_and_differ_by_pool_name_and_key() {
        let of = |key, pool_id: &str, username: &str| {
            let vault = vault(key);
            (
                simulated_salt(&vault, pool_id, username),
                simulated_uuid(&vault, pool_id, username),
                *simulated_verifier(&vault, pool_id, username)
                    .unwrap()
                    .as_bytes(),
            )
        };
        let one = of(1, "us-east-1_A", "ada");
        assert_eq!(one, of(1, "us-east-1_A", "ada"));
        for other in [
            of(2, "us-east-1_A", "ada"),
            of(1, "us-east-1_B", "ada"),
            of(1, "us-east-1_A", "bob"),
            of(1, "us-east-1_Aa", "da"),
        ] {
            assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
        }
        assert_eq!(one.1.get_version_num(), 4);
    }

    #[test]
    fn simulated_passkeys_are_stable_and_of_several_kinds() {
        let of = |key, pool_id: &str, username: &str| -> Vec<(Vec<u8>, Vec<String>)> {
            simulated_passkeys(&vault(key), pool_id, username)
                .into_iter()
                .map(|passkey| (passkey.credential_id, passkey.transports))
                .collect()
        };
        let one = of(1, "us-east-1_A", "ada");
        assert_eq!(one, of(1, "us-east-1_A", "ada"));
        assert_ne!(one, of(2, "us-east-1_A", "ada"));
        assert_ne!(one, of(1, "us-east-1_B", "ada"));
        let many: Vec<_> = (0..100)
            .map(|number| of(1, "us-east-1_A", &format!("user{number}")))
            .collect();
        let counts: BTreeSet<usize> = many.iter().map(Vec::len).collect();
        assert!(counts.into_iter().eq([1, 2, 3]));
        let ids: BTreeSet<&Vec<u8>> = many.iter().flatten().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), many.iter().map(Vec::len).sum::<usize>());
        let lengths: BTreeSet<usize> = ids.into_iter().map(Vec::len).collect();
        assert!(lengths.into_iter().eq([16, 20, 32]));
    }
}
