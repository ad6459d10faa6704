//! RSA signing keys and the JWTs that they sign.
//!
//! Signing and verifying call aws-lc-rs directly instead of jsonwebtoken: the header must be exactly
//! Cognito's (`kid` and `alg`, no `typ`), a key is parsed once and not per token, and expiry is a rule of
//! the domain, where the time is an argument. The tests use jsonwebtoken to check that other libraries
//! accept these tokens.

mod reserve;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use aws_lc_rs::{digest, signature};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::CryptoError;
pub use reserve::KeyReserve;

/// The longest accepted JWT, in bytes. An access token with a hundred groups of 128 characters has about
/// 70 KB.
pub const MAX_TOKEN_LENGTH: usize = 128 * 1024;

/// The algorithm of every token.
const RS256: &str = "RS256";

/// The public half of a key, as the JWKS lists it (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// `RS256`.
    pub alg: String,
    /// The exponent, base64url.
    pub e: String,
    /// The key's name.
    pub kid: String,
    /// `RSA`.
    pub kty: String,
    /// The modulus, base64url.
    pub n: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub use_: String,
}

/// The JWK set with these keys, in JSON (RFC 7517, section 5).
///
/// # Errors
/// [`CryptoError::Library`] if it cannot be written.
pub fn jwk_set(keys: &[PublicJwk]) -> Result<Vec<u8>, CryptoError> {
    #[derive(Serialize)]
    struct JwkSet<'a> {
        keys: &'a [PublicJwk],
    }
    serde_json::to_vec(&JwkSet { keys }).map_err(|_| CryptoError::Library)
}

/// An RSA-2048 key that signs tokens. Cheap to clone.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    pair: KeyPair,
    jwk: PublicJwk,
    /// The encoded header with its dot, which all tokens of this key share.
    header: String,
}

impl SigningKey {
    /// Generates a key. Takes about a tenth of a second, sometimes much longer: call it on a blocking
    /// thread, or take a key from a [`KeyReserve`].
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub fn generate() -> Result<Self, CryptoError> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        Self::new(pair)
    }

    /// From the DER of [`SigningKey::to_pkcs8`].
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if it is not an RSA key of at least 2048 bits.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| CryptoError::BadKey)?;
        if pair.public_modulus_len() < KeySize::Rsa2048.len() {
            return Err(CryptoError::BadKey);
        }
        Self::new(pair)
    }

    fn new(pair: KeyPair) -> Result<Self, CryptoError> {
        let public = pair.public_key();
        let n = BASE64_URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let e = BASE64_URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        // The thumbprint of RFC 7638, so that every node derives the same id. Cognito's ids are 32 bytes
        // in standard base64 too, and so end in `=`.
        let thumbprint = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, thumbprint.as_bytes()));
        let header = format!(r#"{{"kid":"{kid}","alg":"{RS256}"}}"#);
        Ok(Self(Arc::new(Inner {
            pair,
            header: BASE64_URL_SAFE_NO_PAD.encode(header) + ".",
            jwk: PublicJwk {
                alg: RS256.to_owned(),
                e,
                kid,
                kty: "RSA".to_owned(),
                n,
                use_: "sig".to_owned(),
            },
        })))
    }

    /// The private key as PKCS#8 (DER), to be sealed.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let der: Pkcs8V1Der<'_> = self.0.pair.as_der()?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The key's id: base64 of a SHA-256.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.0.jwk.kid
    }

    /// The public half, as the JWKS lists it.
    #[must_use]
    pub fn public_jwk(&self) -> &PublicJwk {
        &self.0.jwk
    }

    /// The public half, to verify with.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if the library refuses the key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, CryptoError> {
        VerifyingKey::from_jwk(&self.0.jwk)
    }

    /// Signs `claims` as a JWT with the header `{"kid":…,"alg":"RS256"}`. Takes about half a
    /// millisecond.
    ///
    /// # Errors
    /// [`CryptoError::Encoding`] if the claims cannot be written as JSON,
    /// [`CryptoError::Library`] if the library fails.
    pub fn sign_jwt(&self, claims: &impl Serialize) -> Result<String, CryptoError> {
        let claims = serde_json::to_vec(claims).map_err(|_| CryptoError::Encoding)?;
        let mut token = self.0.header.clone();
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let mut signature = vec![0; self.0.pair.public_modulus_len()];
        self.0.pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            token.as_bytes(),
            &mut signature,
        )?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// The token is not a JWT signed with RS256, or its claims do not have the expected type.
    #[error("the token is malformed")]
    Malformed,
    /// The signature is not by this key.
    #[error("the token's signature does not fit")]
    Signature,
}

/// A token's header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct JwtHeader {
    /// The id of the key that signed the token.
    pub kid: String,
    /// The algorithm.
    pub alg: String,
    /// Extensions that a verifier must support (RFC 7515, 4.1.11). This server supports none.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// The public half of a signing key, parsed once. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey(Arc<ParsedPublicKey>);

impl VerifyingKey {
    /// From modulus and exponent, base64url as a JWK has them.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if they are no RSA key of 2048 to 8192 bits.
    pub fn from_components(n: &str, e: &str) -> Result<Self, CryptoError> {
        let decode = |text: &str| {
            BASE64_URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|_| CryptoError::BadKey)
        };
        let components: PublicKeyComponents<Vec<u8>> = signature::RsaPublicKeyComponents {
            n: decode(n)?,
            e: decode(e)?,
        };
        if !(KeySize::Rsa2048.len()..=KeySize::Rsa8192.len()).contains(&components.n.len()) {
            return Err(CryptoError::BadKey);
        }
        let key = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| CryptoError::BadKey)?;
        Ok(Self(Arc::new(key)))
    }

    /// From a JWK.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if it holds no RSA key of 2048 to 8192 bits.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, CryptoError> {
        Self::from_components(&jwk.n, &jwk.e)
    }

    /// Verifies the signature of `token` and returns its claims. The algorithm must be RS256; the
    /// caller has found this key by the header's `kid` ([`peek_header`]). Times in the claims are
    /// **not** checked: the caller does that, since it has the time.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub fn verify_jwt<T: DeserializeOwned>(&self, token: &str) -> Result<T, TokenFault> {
        let parts = JwtParts::split(token).ok_or(TokenFault::Malformed)?;
        let header: JwtHeader = decode_json(parts.header).ok_or(TokenFault::Malformed)?;
        if header.alg != RS256 || header.crit.is_some() {
            return Err(TokenFault::Malformed);
        }
        let signature = BASE64_URL_SAFE_NO_PAD
            .decode(parts.signature)
            .map_err(|_| TokenFault::Malformed)?;
        self.0
            .verify_sig(parts.signed.as_bytes(), &signature)
            .map_err(|_| TokenFault::Signature)?;
        decode_json(parts.claims).ok_or(TokenFault::Malformed)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(..)")
    }
}

/// The SHA-256 of `token`, by which a cache of verified tokens refers to it.
#[must_use]
pub fn fingerprint(token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    bytes.copy_from_slice(hash.as_ref());
    bytes
}

/// The header of `token`, **not verified**, for finding the key that it names.
#[must_use]
pub fn peek_header(token: &str) -> Option<JwtHeader> {
    decode_json(JwtParts::split(token)?.header)
}

/// The claims of `token`, **not verified**, for finding the pool that issued it.
#[must_use]
pub fn peek_claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    decode_json(JwtParts::split(token)?.claims)
}

/// A JWT in compact form (RFC 7515, 7.1).
struct JwtParts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// Header and claims with the dot between them.
    signed: &'a str,
}

impl<'a> JwtParts<'a> {
    fn split(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        (!claims.contains('.')).then_some(Self {
            header,
            claims,
            signature,
            signed,
        })
    }
}

fn decode_json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests;
