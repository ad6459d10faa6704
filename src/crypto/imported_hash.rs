//! Password hashes that other systems have made, in the forms that an import takes (administration 9.3). Each is checked
//! when it comes, and replaced by one of ours when its user first signs in with the password.
//!
//! The primitives are those of libraries: bcrypt, scrypt and Argon2 are RustCrypto's, PBKDF2 is aws-lc's.

use std::num::NonZeroU32;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::domain::user_import::HashAlgorithm;

/// Begins a stored hash of another system's. With the algorithm it has at least
/// [`super::password_pepper::FORM_LENGTH`] characters, so that the database finds all such hashes by few forms.
const PREFIX: &str = "$imported$";

/// The greatest costs that are permitted (administration 9.3).
const MAX_BCRYPT_COST: u32 = 12;
const MIN_BCRYPT_COST: u32 = 4;
const MAX_SCRYPT_N: u32 = 65_536;
const MAX_SCRYPT_R: u32 = 8;
const MAX_SCRYPT_P: u32 = 1;
const MAX_ARGON2_KIB: u32 = 19_456;
const MAX_ARGON2_PASSES: u32 = 2;
const MAX_ARGON2_LANES: u32 = 1;
const MAX_PBKDF2_ITERATIONS: u32 = 600_000;
/// The lengths of hashes and salts, in bytes, where the form leaves them open.
const HASH_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
const MAX_SALT_BYTES: usize = 64;

/// Base64 as hashes have it: padded or not.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a hash is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFault {
    /// It has not the form of the algorithm.
    Malformed,
    /// It costs more than is permitted.
    TooCostly,
}

/// A hash of another system's. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct ImportedHash {
    algorithm: HashAlgorithm,
    text: Zeroizing<String>,
    parts: Parts,
}

/// What the text says.
#[derive(Clone)]
enum Parts {
    Bcrypt,
    Scrypt {
        log_n: u8,
        r: u32,
        p: u32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Argon2id(Box<PasswordHash>),
    Pbkdf2 {
        iterations: NonZeroU32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

impl std::fmt::Debug for ImportedHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportedHash")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Whether a stored hash, opened, is another system's.
#[must_use]
pub fn is_imported(stored: &str) -> bool {
    stored.starts_with(PREFIX)
}

impl ImportedHash {
    /// The hash in this text.
    ///
    /// # Errors
    /// [`HashFault`].
    pub fn parse(algorithm: HashAlgorithm, text: &str) -> Result<Self, HashFault> {
        let parts = match algorithm {
            HashAlgorithm::Bcrypt => parse_bcrypt(text)?,
            HashAlgorithm::Scrypt => parse_scrypt(text)?,
            HashAlgorithm::Argon2id => parse_argon2id(text)?,
            HashAlgorithm::Pbkdf2Sha256 => parse_pbkdf2(text)?,
        };
        Ok(Self {
            algorithm,
            text: Zeroizing::new(text.to_owned()),
            parts,
        })
    }

    /// The text that is stored, in which [`ImportedHash::of_stored`] finds it again.
    #[must_use]
    pub fn stored(&self) -> String {
        format!("{PREFIX}{}${}", self.algorithm.as_str(), *self.text)
    }

    /// The hash in a stored text; `None` if it is none of another system's.
    #[must_use]
    pub fn of_stored(stored: &str) -> Option<Self> {
        let (word, text) = stored.strip_prefix(PREFIX)?.split_once('$')?;
        Self::parse(HashAlgorithm::named(word)?, text).ok()
    }

    /// The Argon2id hash, which is computed as ours are; `None` if it is another.
    pub(super) fn argon2id(&self) -> Option<&PasswordHash> {
        match &self.parts {
            Parts::Argon2id(hash) => Some(hash),
            Parts::Bcrypt | Parts::Scrypt { .. } | Parts::Pbkdf2 { .. } => None,
        }
    }

    /// Whether it is the hash of the password, compared in constant time; `None` if it cannot be computed, or is an
    /// Argon2id hash. Slow.
    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        match &self.parts {
            Parts::Argon2id(_) => None,
            Parts::Bcrypt => bcrypt::verify(password, &self.text).ok(),
            Parts::Scrypt {
                log_n,
                r,
                p,
                salt,
                hash,
            } => {
                let params = scrypt::Params::new(*log_n, *r, *p).ok()?;
                let mut output = Zeroizing::new(vec![0; hash.len()]);
                scrypt::scrypt(password, salt, &params, &mut output).ok()?;
                Some(output.as_slice().ct_eq(hash).into())
            }
            Parts::Pbkdf2 {
                iterations,
                salt,
                hash,
            } => {
                let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
                Some(pbkdf2::verify(algorithm, *iterations, salt, password, hash).is_ok())
            }
        }
    }
}

fn parse_bcrypt(text: &str) -> Result<Parts, HashFault> {
    let parts: bcrypt::HashParts = text.parse().map_err(|_| HashFault::Malformed)?;
    match parts.get_cost() {
        MIN_BCRYPT_COST..=MAX_BCRYPT_COST => Ok(Parts::Bcrypt),
        0..MIN_BCRYPT_COST => Err(HashFault::Malformed),
        _ => Err(HashFault::TooCostly),
    }
}

/// `N$r$p$salt$hash`, salt and hash in hexadecimal.
fn parse_scrypt(text: &str) -> Result<Parts, HashFault> {
    let fields: Vec<&str> = text.split('$').collect();
    let [n, r, p, salt, hash] = fields.as_slice() else {
        return Err(HashFault::Malformed);
    };
    let (n, r, p) = (number(n)?, number(r)?, number(p)?);
    let (salt, hash) = salt_and_hash(hex::decode(salt).ok(), hex::decode(hash).ok())?;
    if !n.is_power_of_two() || n < 2 {
        return Err(HashFault::Malformed);
    }
    if n > MAX_SCRYPT_N || r > MAX_SCRYPT_R || p > MAX_SCRYPT_P {
        return Err(HashFault::TooCostly);
    }
    Ok(Parts::Scrypt {
        log_n: u8::try_from(n.trailing_zeros()).map_err(|_| HashFault::Malformed)?,
        r,
        p,
        salt,
        hash,
    })
}

fn parse_argon2id(text: &str) -> Result<Parts, HashFault> {
    let hash: PasswordHash = text.parse().map_err(|_| HashFault::Malformed)?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str());
    let is_ours = algorithm.is_ok_and(|algorithm| algorithm == Algorithm::Argon2id)
        && hash.version == Some(Version::V0x13.into())
        && hash.salt.is_some()
        && hash.hash.is_some();
    let params = Params::try_from(&hash).map_err(|_| HashFault::Malformed)?;
    if !is_ours {
        return Err(HashFault::Malformed);
    }
    if params.m_cost() > MAX_ARGON2_KIB
        || params.t_cost() > MAX_ARGON2_PASSES
        || params.p_cost() > MAX_ARGON2_LANES
    {
        return Err(HashFault::TooCostly);
    }
    Ok(Parts::Argon2id(Box::new(hash)))
}

/// `$pbkdf2-sha256$iterations$salt$hash`, salt and hash in base64, also with `.` for `+` and without padding, as
/// Python's passlib writes it.
fn parse_pbkdf2(text: &str) -> Result<Parts, HashFault> {
    let rest = text
        .strip_prefix("$pbkdf2-sha256$")
        .ok_or(HashFault::Malformed)?;
    let fields: Vec<&str> = rest.split('$').collect();
    let [iterations, salt, hash] = fields.as_slice() else {
        return Err(HashFault::Malformed);
    };
    let iterations = NonZeroU32::new(number(iterations)?).ok_or(HashFault::Malformed)?;
    let decode = |text: &str| STANDARD.decode(text.replace('.', "+")).ok();
    let (salt, hash) = salt_and_hash(decode(salt), decode(hash))?;
    if iterations.get() > MAX_PBKDF2_ITERATIONS {
        return Err(HashFault::TooCostly);
    }
    Ok(Parts::Pbkdf2 {
        iterations,
        salt,
        hash,
    })
}

/// A decimal number without a sign. One that is too large for any cost is too costly.
fn number(text: &str) -> Result<u32, HashFault> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(HashFault::Malformed);
    }
    let number = text.parse().map_err(|_| HashFault::TooCostly)?;
    if number == 0 {
        return Err(HashFault::Malformed);
    }
    Ok(number)
}

fn salt_and_hash(
    salt: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
) -> Result<(Vec<u8>, Vec<u8>), HashFault> {
    match (salt, hash) {
        (Some(salt), Some(hash))
            if salt.len() <= MAX_SALT_BYTES && HASH_BYTES.contains(&hash.len()) =>
        {
            Ok((salt, hash))
        }
        _ => Err(HashFault::Malformed),
    }
}

#[cfg(test)]
mod tests;
