//! Values that a client carries and cannot read: refresh tokens, sessions of challenges, secret blocks
//! and pagination tokens. Each has the outer form of Cognito's.

use std::io::Write;

use aws_lc_rs::aead::LessSafeKey;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::CryptoError;
use super::vault::{
    KEY_ID_LENGTH, KEY_NONCE_LENGTH, KeyPurpose, SEAL_OVERHEAD, TokenKeys, Vault, open_with,
    seal_with,
};

/// The longest accepted refresh token, in bytes.
const MAX_REFRESH_LENGTH: usize = 16 * 1024;
/// Longest session, in characters: what the service model allows.
const MAX_SESSION_LENGTH: usize = 2048;
/// The longest accepted secret block, in characters.
const MAX_SECRET_BLOCK_LENGTH: usize = 8 * 1024;
/// Longest pagination token, in characters.
const MAX_PAGE_TOKEN_LENGTH: usize = 16 * 1024;

/// The header of a refresh token (RFC 7516). The order of its members makes the token begin with
/// `eyJjdHki` like Cognito's. Cognito wraps a key with RSA-OAEP. Only the issuer reads the token, so this
/// server uses a symmetric key (`dir`). `kid` holds the id of the master key and the nonce from which the
/// token's key is derived, because one key must not seal all tokens under random 96-bit nonces (see
/// [`super::vault`]).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefreshHeader {
    cty: String,
    enc: String,
    alg: String,
    kid: String,
}

/// Seals `claims` as a refresh token: a JWE in compact form, five parts of which the second is
/// empty.
///
/// # Errors
/// [`CryptoError::Encoding`] if they cannot be written as JSON, [`CryptoError::TooLong`] if they
/// make a token of more than 16 KiB, [`CryptoError::Library`] if the library fails.
pub fn seal_refresh(vault: &Vault, claims: &impl Serialize) -> Result<String, CryptoError> {
    let nonce: [u8; KEY_NONCE_LENGTH] = vault.entropy().bytes();
    let (key_id, key) = vault.message_key(KeyPurpose::RefreshToken, &nonce)?;
    let header = RefreshHeader {
        cty: "JWT".to_owned(),
        enc: "A256GCM".to_owned(),
        alg: "dir".to_owned(),
        kid: BASE64_URL_SAFE_NO_PAD.encode([key_id.as_slice(), &nonce].concat()),
    };
    let header = serde_json::to_vec(&header).map_err(|_| CryptoError::Encoding)?;
    let mut token = BASE64_URL_SAFE_NO_PAD.encode(header);
    let iv: [u8; 12] = vault.entropy().bytes();
    let claims = to_json(claims)?;
    let mut ciphertext = seal_with(&key, iv, token.as_bytes(), &claims)?;
    let tag = ciphertext.split_off(claims.len());
    // The second part, a wrapped key, is empty.
    token.push('.');
    for part in [iv.as_slice(), &ciphertext, &tag] {
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(part, &mut token);
    }
    if token.len() > MAX_REFRESH_LENGTH {
        return Err(CryptoError::TooLong);
    }
    Ok(token)
}

/// Opens a token of [`seal_refresh`]. `None` if this server has not issued it.
#[must_use]
pub fn open_refresh<T: DeserializeOwned>(vault: &Vault, token: &str) -> Option<T> {
    open_refresh_with(token, |id, nonce| {
        vault.message_keys(KeyPurpose::RefreshToken, id, nonce)
    })
}

/// Opens a token of [`seal_refresh`] that a server with one of `keys` has issued; `None` if none of them has.
#[must_use]
pub fn open_foreign_refresh<T: DeserializeOwned>(keys: &[TokenKeys], token: &str) -> Option<T> {
    open_refresh_with(token, |id, nonce| {
        keys.iter()
            .filter_map(move |keys| keys.message_key(id, &nonce))
    })
}

/// Opens a refresh token with one of the keys that `keys_of` returns for the id of its master key and its nonce.
fn open_refresh_with<T: DeserializeOwned, K: Iterator<Item = LessSafeKey>>(
    token: &str,
    keys_of: impl FnOnce([u8; KEY_ID_LENGTH], [u8; KEY_NONCE_LENGTH]) -> K,
) -> Option<T> {
    if token.len() > MAX_REFRESH_LENGTH {
        return None;
    }
    let mut parts = token.split('.');
    let (header, "", iv, ciphertext, tag, None) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next(),
    ) else {
        return None;
    };
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    let named: RefreshHeader = serde_json::from_slice(&decode(header)?).ok()?;
    if (named.cty.as_str(), named.enc.as_str(), named.alg.as_str()) != ("JWT", "A256GCM", "dir") {
        return None;
    }
    let kid = decode(&named.kid)?;
    let (id, nonce) = kid.split_first_chunk::<KEY_ID_LENGTH>()?;
    let nonce: [u8; KEY_NONCE_LENGTH] = nonce.try_into().ok()?;
    let iv: [u8; 12] = decode(iv)?.try_into().ok()?;
    let tag: [u8; 16] = decode(tag)?.try_into().ok()?;
    let mut sealed = decode(ciphertext)?;
    sealed.extend_from_slice(&tag);
    let claims =
        keys_of(*id, nonce).find_map(|key| open_with(&key, iv, header.as_bytes(), &sealed))?;
    serde_json::from_slice(&claims).ok()
}

/// The first bytes of a session. In base64 they are `AYABeA`, like those of Cognito's sessions, which
/// are messages of the AWS Encryption SDK.
const SESSION_MARK: [u8; 4] = [0x01, 0x80, 0x01, 0x78];

/// Sizes of a session before base64, which make texts of 720, 1040, 1600 and 2048 characters. The
/// content is padded to the next of them, so that the length reveals little about it.
const SESSION_SIZES: [usize; 4] = [540, 780, 1200, 1536];

/// Seals the `state` of a challenge as a session: base64url without padding that begins `AYABe`,
/// of 720 to 1600 characters, 2048 at the most. It opens only with the same `context`: the kind of the challenge.
///
/// # Errors
/// [`CryptoError::Encoding`] if it cannot be written as JSON, [`CryptoError::TooLong`] if its JSON
/// is longer than 1485 bytes, [`CryptoError::Library`] if the library fails.
pub fn seal_session(
    vault: &Vault,
    context: &[&str],
    state: &impl Serialize,
) -> Result<String, CryptoError> {
    let json = to_json(state)?;
    let around = SESSION_MARK.len() + SEAL_OVERHEAD;
    let size = SESSION_SIZES
        .into_iter()
        .find(|size| around + 2 + json.len() <= *size)
        .ok_or(CryptoError::TooLong)?;
    let length = u16::try_from(json.len()).map_err(|_| CryptoError::TooLong)?;
    let mut padded = Zeroizing::new(Vec::with_capacity(size - around));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(&json);
    padded.resize(size - around, 0);
    let sealed = vault.seal(KeyPurpose::Session, context, &padded)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([SESSION_MARK.as_slice(), &sealed].concat()))
}

/// Opens a session of [`seal_session`]. `None` if this server has not issued it, or in another context.
#[must_use]
pub fn open_session<T: DeserializeOwned>(
    vault: &Vault,
    context: &[&str],
    session: &str,
) -> Option<T> {
    if session.len() > MAX_SESSION_LENGTH {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(session).ok()?;
    let sealed = bytes.strip_prefix(SESSION_MARK.as_slice())?;
    let padded = vault.open(KeyPurpose::Session, context, sealed)?;
    let (length, rest) = padded.split_first_chunk::<2>()?;
    let json = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    serde_json::from_slice(json).ok()
}

/// The state of an SRP exchange is padded to a multiple of this many bytes, which all states have that names of
/// 128 characters can make, so that the length of a block tells nothing about the user.
const SECRET_BLOCK_STEP: usize = 1_664;

/// Seals the `state` of an SRP exchange as a secret block, standard base64, of the same length for all. The
/// client signs the decoded block and sends it back. It opens only with the same `context`: the kind of the exchange.
///
/// # Errors
/// [`CryptoError::Encoding`] if it cannot be written as JSON, [`CryptoError::TooLong`] if it makes
/// more than 8 KiB, [`CryptoError::Library`] if the library fails.
pub fn seal_secret_block(
    vault: &Vault,
    context: &[&str],
    state: &impl Serialize,
) -> Result<String, CryptoError> {
    let mut json = to_json(state)?;
    // JSON ends with any number of blanks, so that a server of the version before opens it as well.
    let padded = json.len().next_multiple_of(SECRET_BLOCK_STEP);
    json.resize(padded, b' ');
    let sealed = vault.seal(KeyPurpose::SecretBlock, context, &json)?;
    bounded(BASE64_STANDARD.encode(sealed), MAX_SECRET_BLOCK_LENGTH)
}

/// Opens a block of [`seal_secret_block`]. Also returns the decoded block, over which the claim is
/// signed. `None` if this server has not issued it, or in another context.
#[must_use]
pub fn open_secret_block<T: DeserializeOwned>(
    vault: &Vault,
    context: &[&str],
    block: &str,
) -> Option<(T, Vec<u8>)> {
    if block.len() > MAX_SECRET_BLOCK_LENGTH {
        return None;
    }
    let sealed = BASE64_STANDARD.decode(block).ok()?;
    let state = vault.open(KeyPurpose::SecretBlock, context, &sealed)?;
    Some((serde_json::from_slice(&state).ok()?, sealed))
}

/// Seals a `position` in a list as a pagination token, standard base64. It opens only with the same
/// `context`: the operation, the pool's id, the filter, and whatever else determines the list.
///
/// # Errors
/// [`CryptoError::Encoding`] if it cannot be written as JSON, [`CryptoError::TooLong`] if it makes
/// more than 16 KiB, [`CryptoError::Library`] if the library fails.
pub fn seal_page_token(
    vault: &Vault,
    context: &[&str],
    position: &impl Serialize,
) -> Result<String, CryptoError> {
    let sealed = vault.seal(KeyPurpose::PageToken, context, &to_json(position)?)?;
    bounded(BASE64_STANDARD.encode(sealed), MAX_PAGE_TOKEN_LENGTH)
}

/// Opens a token of [`seal_page_token`]. `None` if this server has not issued it, or for another list.
#[must_use]
pub fn open_page_token<T: DeserializeOwned>(
    vault: &Vault,
    context: &[&str],
    token: &str,
) -> Option<T> {
    if token.len() > MAX_PAGE_TOKEN_LENGTH {
        return None;
    }
    let sealed = BASE64_STANDARD.decode(token).ok()?;
    let position = vault.open(KeyPurpose::PageToken, context, &sealed)?;
    serde_json::from_slice(&position).ok()
}

/// The JSON of a secret value. The buffer grows by copying into a new one and wiping the old one, so that
/// no part of the value remains in memory.
fn to_json(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let mut json = WipingBuffer(Zeroizing::new(Vec::with_capacity(2048)));
    serde_json::to_writer(&mut json, value).map_err(|_| CryptoError::Encoding)?;
    Ok(json.0)
}

struct WipingBuffer(Zeroizing<Vec<u8>>);

impl Write for WipingBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed * 2));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn bounded(text: String, longest: usize) -> Result<String, CryptoError> {
    if text.len() > longest {
        return Err(CryptoError::TooLong);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::vault::MasterKey;
    use crate::entropy::Entropy;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn vault(current: u8, previous: &[u8]) -> Vault {
        let previous: Vec<_> = previous
            .iter()
            .map(|byte| MasterKey::from_bytes([*byte; 32]))
            .collect();
        Vault::new(&MasterKey::from_bytes([current; 32]), &previous, Entropy).unwrap()
    }

    /// Every text that differs from `text` in one character.
    fn changed(text: &str) -> impl Iterator<Item = String> + '_ {
        text.char_indices().map(|(at, was)| {
            let other = if was == 'A' { 'B' } else { 'A' };
            format!("{}{other}{}", &text[..at], &text[at + 1..])
        })
    }

    #[test]
    fn a_refresh_token_is_a_jwe_and_opens() {
        let vault = vault(1, &[]);
        let claims = json!({"id": "x", "pool": "us-east-1_A"});
        let token = seal_refresh(&vault, &claims).unwrap();
        assert!(token.starts_with("eyJjdHki"), "{token}");
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 5);
        assert_eq!(parts[1], "");
        let header = BASE64_URL_SAFE_NO_PAD.decode(parts[0]).unwrap();
        let header = String::from_utf8(header).unwrap();
        let begin = r#"{"cty":"JWT","enc":"A256GCM","alg":"dir","kid":""#;
        assert!(header.starts_with(begin), "{header}");
        assert_eq!(open_refresh::<Value>(&vault, &token), Some(claims.clone()));
        assert_ne!(seal_refresh(&vault, &claims).unwrap(), token);
        for changed in changed(&token) {
            assert_eq!(open_refresh::<Value>(&vault, &changed), None, "{changed}");
        }
    }

    #[test]
    fn a_refresh_token_outlives_a_change_of_the_master_key() {
        let token = seal_refresh(&vault(1, &[]), &json!(1)).unwrap();
        assert_eq!(
            open_refresh::<Value>(&vault(2, &[1]), &token),
            Some(json!(1))
        );
        assert_eq!(open_refresh::<Value>(&vault(2, &[]), &token), None);
    }

    #[test]
    fn the_token_keys_of_another_server_open_and_hash_what_it_has_issued() {
        let (source, target) = (vault(1, &[2]), vault(3, &[]));
        let token = seal_refresh(&source, &json!(1)).unwrap();
        let former = seal_refresh(&vault(2, &[]), &json!(2)).unwrap();
        let keys: Vec<TokenKeys> = source
            .token_keys()
            .map(|keys| TokenKeys::new(keys.id(), keys.bytes()).unwrap())
            .collect();
        assert_eq!(open_refresh::<Value>(&target, &token), None);
        assert_eq!(open_foreign_refresh(&keys, &token), Some(json!(1)));
        assert_eq!(open_foreign_refresh(&keys, &former), Some(json!(2)));
        assert_eq!(open_foreign_refresh::<Value>(&keys[1..], &token), None);
        let hashes: Vec<_> = keys
            .iter()
            .map(|keys| keys.token_id_hash(&[b"pool", token.as_bytes()]))
            .collect();
        let expected = source.keyed_hashes(KeyPurpose::TokenId, &[b"pool", token.as_bytes()]);
        assert_eq!(hashes, expected);
        // They are worth nothing for what is stored.
        let sealed = source.seal(KeyPurpose::SigningKey, &[], b"key").unwrap();
        assert_eq!(target.open(KeyPurpose::SigningKey, &[], &sealed), None);
        assert!(TokenKeys::new(keys[0].id(), b"short").is_err());
    }

    #[test]
    fn a_text_that_is_not_a_refresh_token_does_not_open() {
        let vault = vault(1, &[]);
        let token = seal_refresh(&vault, &json!(1)).unwrap();
        let long = "a".repeat(MAX_REFRESH_LENGTH + 1);
        for text in [
            "",
            "....",
            "a.b.c",
            &format!("{token}."),
            &token[1..],
            &long,
        ] {
            assert_eq!(open_refresh::<Value>(&vault, text), None, "{text:.40}");
        }
        assert_eq!(seal_refresh(&vault, &long), Err(CryptoError::TooLong));
    }

    #[test]
    fn a_session_has_the_form_of_cognitos_and_opens() {
        let vault = vault(1, &[]);
        for (content, length) in [
            (0, 720),
            (400, 720),
            (700, 1040),
            (1100, 1600),
            (1483, 2048),
        ] {
            let state = "x".repeat(content);
            let session = seal_session(&vault, &[], &state).unwrap();
            assert!(session.starts_with("AYABe"), "{session}");
            assert_eq!(session.len(), length, "{content}");
            assert_eq!(open_session::<String>(&vault, &[], &session), Some(state));
            assert_eq!(open_session::<u64>(&vault, &[], &session), None);
        }
        assert_eq!(
            seal_session(&vault, &[], &"x".repeat(1484)),
            Err(CryptoError::TooLong)
        );
        let session = seal_session(&vault, &[], &1).unwrap();
        for text in [
            "",
            "AYABe",
            &session[1..],
            &session[..700],
            &format!("{session}AAAA"),
        ] {
            assert_eq!(open_session::<u64>(&vault, &[], text), None);
        }
        for changed in changed(&session) {
            assert_eq!(open_session::<u64>(&vault, &[], &changed), None);
        }
    }

    #[test]
    fn a_secret_block_opens_with_the_bytes_that_are_signed() {
        let vault = vault(1, &[]);
        let block = seal_secret_block(&vault, &[], &json!({"k": [1, 2]})).unwrap();
        let (state, bytes) = open_secret_block::<Value>(&vault, &[], &block).unwrap();
        assert_eq!(state, json!({"k": [1, 2]}));
        assert_eq!(BASE64_STANDARD.encode(bytes), block);
        assert!(open_secret_block::<Value>(&vault, &["device"], &block).is_none());
        for text in ["", "AAAA", "*", &block[4..]] {
            assert!(open_secret_block::<Value>(&vault, &[], text).is_none());
        }
        // A block is no session, nor the reverse.
        let session = BASE64_URL_SAFE_NO_PAD.encode(
            [
                SESSION_MARK.as_slice(),
                &BASE64_STANDARD.decode(&block).unwrap(),
            ]
            .concat(),
        );
        assert!(open_session::<Value>(&vault, &[], &session).is_none());
    }

    #[test]
    fn a_pagination_token_opens_only_for_its_list() {
        let vault = vault(1, &[]);
        let list = ["ListUsers", "us-east-1_A", "status = \"Enabled\""];
        let token = seal_page_token(&vault, &list, &("ada", 1)).unwrap();
        let open = |context: &[&str]| open_page_token::<(String, u8)>(&vault, context, &token);
        assert_eq!(open(&list), Some(("ada".to_owned(), 1)));
        assert_eq!(open(&["ListUsers", "us-east-1_B", list[2]]), None);
        assert_eq!(open(&["ListGroups", "us-east-1_A", list[2]]), None);
        assert_eq!(open(&["ListUsers", "us-east-1_A", ""]), None);
        assert_eq!(open(&list[..2]), None);
    }

    proptest! {
        #[test]
        fn random_text_never_opens(noise in ".{0,64}") {
            let vault = vault(1, &[]);
            prop_assert_eq!(open_refresh::<Value>(&vault, &noise), None);
            prop_assert_eq!(open_session::<Value>(&vault, &[], &noise), None);
            prop_assert!(open_secret_block::<Value>(&vault, &[], &noise).is_none());
            prop_assert_eq!(open_page_token::<Value>(&vault, &[], &noise), None);
        }

        #[test]
        fn json_of_any_size_is_written_whole(text in ".{0,3000}") {
            let json = to_json(&text).unwrap();
            prop_assert_eq!(json.as_slice(), serde_json::to_vec(&text).unwrap());
        }
    }
}
