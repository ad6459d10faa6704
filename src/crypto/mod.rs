//! Cryptography: passwords, SRP-6a, signing keys, and everything that is sealed or hashed at rest.
//!
//! Every primitive comes from a library (aws-lc-rs, argon2, bcrypt, scrypt, crypto-bigint); this module combines them.
//! Its results are facts (a signature is valid or not, the queue is full) without Cognito's error
//! names.

pub mod certificates;
pub mod export_file;
pub mod imported_hash;
pub mod jwe;
pub mod keys;
pub mod known_passwords;
pub mod oauth;
pub mod passkeys;
pub mod password_pepper;
pub mod passwords;
pub mod secret_hash;
pub mod simulated;
pub mod srp;
pub mod tokens;
pub mod totp;
pub mod vault;

pub use imported_hash::ImportedHash;
pub use keys::{
    JwtHeader, KeyReserve, PublicJwk, SigningKey, TokenFault, VerifyingKey, fingerprint, jwk_set,
    peek_claims, peek_header,
};
pub use known_passwords::KnownPasswords;
pub use password_pepper::PasswordPepper;
pub use passwords::{
    Argon2Settings, HashingError, Passwords, PasswordsError, QueueBounds, Turn, Verdict,
};
pub use srp::{ClientPublic, ServerChallenge, SessionKey, SrpVerifier};
pub use vault::{KeyId, KeyPurpose, KeyStanding, MasterKey, TokenKeys, Vault};

/// Why a value could not be sealed, signed or generated. Always an internal failure: no client can cause
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The cryptographic library failed, which happens only when memory or the system's random generator
    /// fails.
    #[error("the cryptographic library failed")]
    Library,
    /// A key or number has an invalid form.
    #[error("the key is not usable")]
    BadKey,
    /// A value could not be written as JSON.
    #[error("the value cannot be written as JSON")]
    Encoding,
    /// A value is too long for its token.
    #[error("the value is too long to be sealed")]
    TooLong,
}

impl From<aws_lc_rs::error::Unspecified> for CryptoError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Library
    }
}
