//! What the server encrypts for others: a text under a key that the operator's functions have, as a JWE.

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use zeroize::Zeroizing;

use super::CryptoError;
use super::vault::seal_with;
use crate::entropy::Entropy;

/// Bytes of a key.
pub const KEY_LENGTH: usize = 32;
/// Bytes of a key that is wrapped (RFC 3394).
const WRAPPED_LENGTH: usize = KEY_LENGTH + 8;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    enc: &'static str,
    kid: &'a str,
}

/// Encrypts `text` for the holders of `key`, which `key_id` names: a JWE in compact form (RFC 7516), `A256KW` and
/// `A256GCM`. Each has a key of its own, which is wrapped, so that one key serves any number of texts.
///
/// # Errors
/// [`CryptoError::Encoding`], [`CryptoError::Library`] if the library fails.
pub fn encrypt(
    entropy: Entropy,
    key: &[u8; KEY_LENGTH],
    key_id: &str,
    text: &str,
) -> Result<String, CryptoError> {
    let header = Header {
        alg: "A256KW",
        enc: "A256GCM",
        kid: key_id,
    };
    let header = serde_json::to_vec(&header).map_err(|_| CryptoError::Encoding)?;
    let mut jwe = BASE64_URL_SAFE_NO_PAD.encode(header);
    let content_key: Zeroizing<[u8; KEY_LENGTH]> = Zeroizing::new(entropy.bytes());
    let mut wrapped = [0; WRAPPED_LENGTH];
    let wrapping = AesKek::new(&AES_256, key)?;
    wrapping.wrap(content_key.as_slice(), &mut wrapped)?;
    let content_key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, content_key.as_slice())?);
    let iv: [u8; 12] = entropy.bytes();
    let mut ciphertext = seal_with(&content_key, iv, jwe.as_bytes(), text.as_bytes())?;
    let tag = ciphertext.split_off(text.len());
    for part in [wrapped.as_slice(), &iv, &ciphertext, &tag] {
        jwe.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(part, &mut jwe);
    }
    Ok(jwe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_jwe_is_another_one_and_says_how_it_was_made() {
        let key = [7; KEY_LENGTH];
        let made = || encrypt(Entropy, &key, "arn:key", "123456").unwrap();
        let (first, second) = (made(), made());
        assert_ne!(first, second);
        let parts: Vec<_> = first
            .split('.')
            .map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
        assert_eq!(lengths[1..], [40, 12, 6, 16]);
        assert_eq!(
            parts[0],
            br#"{"alg":"A256KW","enc":"A256GCM","kid":"arn:key"}"#
        );
    }
}
