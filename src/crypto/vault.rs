//! Encryption and keyed hashing of values that are stored in the database or carried by clients.
//!
//! The master key is not in the database. From it HKDF-SHA256 (RFC 5869) derives two keys per
//! [`KeyPurpose`], one to seal and one to hash, so that a value of one purpose does not open as
//! one of another, and no key is used by two algorithms.
//!
//! Sealing is XAES-256-GCM (C2SP `xaes-256-gcm`): AES-256-GCM under a key derived by AES-CMAC from
//! the first half of a random 24-byte nonce. AES-GCM alone with random 12-byte nonces should not
//! encrypt more than 2³² messages under one key (NIST SP 800-38D, 8.3), which a busy server that seals
//! a session and a secret block per sign-in reaches within months. With 24 bytes the bound is 2⁸⁰, and
//! the nodes need no common counter.

mod key_id;
mod key_purpose;
mod master_key;
mod token_keys;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{cmac, hkdf, hmac};
use zeroize::{Zeroize, Zeroizing};

use super::CryptoError;
use crate::entropy::Entropy;
pub use key_id::{KeyId, KeyStanding};
pub use key_purpose::KeyPurpose;
pub use master_key::MasterKey;
pub use token_keys::TokenKeys;

/// Length of the id of the master key in a sealed value.
pub(super) const KEY_ID_LENGTH: usize = 4;
/// Length of the part of the nonce from which the message's key is derived.
pub(super) const KEY_NONCE_LENGTH: usize = 12;
const GCM_NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;
const VERSION: u8 = 1;
/// The bytes that sealing adds to a text: version, key id, nonces, tag.
pub const SEAL_OVERHEAD: usize =
    1 + KEY_ID_LENGTH + KEY_NONCE_LENGTH + GCM_NONCE_LENGTH + TAG_LENGTH;

/// Seals, opens and hashes values under the master key. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<Keys>,
    entropy: Entropy,
}

struct Keys {
    current: KeySet,
    previous: Vec<KeySet>,
}

/// The keys derived from one master key.
struct KeySet {
    id: [u8; KEY_ID_LENGTH],
    purposes: [PurposeKeys; KeyPurpose::ALL.len()],
    token_keys: TokenKeys,
}

struct PurposeKeys {
    sealing: ExtendedKey,
    hashing: hmac::Key,
}

/// An XAES-256-GCM key.
struct ExtendedKey(cmac::Key);

impl ExtendedKey {
    fn new(key: &[u8; 32]) -> Result<Self, CryptoError> {
        Ok(Self(cmac::Key::new(cmac::AES_256, key)?))
    }

    /// The AES-256-GCM key of one message: the counter-mode KDF of NIST SP 800-108 with AES-CMAC,
    /// label "X", over the first 12 bytes of the nonce.
    fn message_key(&self, nonce: &[u8; KEY_NONCE_LENGTH]) -> Result<LessSafeKey, CryptoError> {
        let mut key = Zeroizing::new([0; 32]);
        for (half, counter) in key.chunks_exact_mut(16).zip([1, 2]) {
            let mut block = [0; 16];
            let (label, context) = block.split_at_mut(4);
            label.copy_from_slice(&[0, counter, b'X', 0]);
            context.copy_from_slice(nonce);
            half.copy_from_slice(cmac::sign(&self.0, &block)?.as_ref());
        }
        Ok(LessSafeKey::new(UnboundKey::new(
            &AES_256_GCM,
            key.as_slice(),
        )?))
    }
}

impl KeySet {
    fn derive(master: &MasterKey) -> Result<Self, CryptoError> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"cognate vault 1").extract(&*master.0);
        let derive = |use_: &str, label: &str| -> Result<Zeroizing<[u8; 32]>, CryptoError> {
            let mut key = Zeroizing::new([0; 32]);
            let info = [use_.as_bytes(), b"/", label.as_bytes()];
            root.expand(&info, hkdf::HKDF_SHA256)?
                .fill(key.as_mut_slice())?;
            Ok(key)
        };
        let mut id = [0; KEY_ID_LENGTH];
        let named = derive("id", "")?;
        id.iter_mut()
            .zip(named.iter())
            .for_each(|(to, from)| *to = *from);

        let purposes = KeyPurpose::ALL
            .into_iter()
            .map(|purpose| {
                Ok(PurposeKeys {
                    sealing: ExtendedKey::new(&*derive("seal", purpose.label())?)?,
                    hashing: hmac::Key::new(
                        hmac::HMAC_SHA256,
                        derive("hash", purpose.label())?.as_slice(),
                    ),
                })
            })
            .collect::<Result<Vec<_>, CryptoError>>()?;
        let purposes = purposes.try_into().map_err(|_| CryptoError::BadKey)?;
        let [opening, hashing] = [
            derive("seal", KeyPurpose::RefreshToken.label())?,
            derive("hash", KeyPurpose::TokenId.label())?,
        ];
        let token_keys = Zeroizing::new([opening.as_slice(), hashing.as_slice()].concat());
        Ok(Self {
            id,
            purposes,
            token_keys: TokenKeys::new(KeyId::new(id), &token_keys)?,
        })
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the array has one entry per purpose, in the order of their discriminants"
    )]
    const fn of(&self, purpose: KeyPurpose) -> &PurposeKeys {
        &self.purposes[purpose as usize]
    }

    fn hash(&self, purpose: KeyPurpose, parts: &[&[u8]]) -> [u8; 32] {
        hash_parts(&self.of(purpose).hashing, parts)
    }
}

/// HMAC-SHA256 of `parts`, each with its length.
fn hash_parts(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&length_prefix(part));
        context.update(part);
    }
    let mut hash = [0; 32];
    let tag = context.sign();
    hash.iter_mut()
        .zip(tag.as_ref())
        .for_each(|(to, from)| *to = *from);
    hash
}

/// The length of `part` in eight bytes. Before each part of a list, it makes the encoding of the list
/// injective: `["ab", "c"]` and `["a", "bc"]` differ.
fn length_prefix(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

/// The additional authenticated data: the head of the blob and its context.
fn additional_data(head: &[u8], context: &[&str]) -> Vec<u8> {
    let mut data = head.to_vec();
    for part in context {
        data.extend_from_slice(&length_prefix(part.as_bytes()));
        data.extend_from_slice(part.as_bytes());
    }
    data
}

impl Vault {
    /// A vault that seals with `current` and still opens what any of `previous` sealed.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library cannot set up a key.
    pub fn new(
        current: &MasterKey,
        previous: &[MasterKey],
        entropy: Entropy,
    ) -> Result<Self, CryptoError> {
        let current = KeySet::derive(current)?;
        let previous = previous
            .iter()
            .map(KeySet::derive)
            .collect::<Result<Vec<_>, _>>()?;
        let keys = Arc::new(Keys { current, previous });
        Ok(Self { keys, entropy })
    }

    /// The source of randomness that the vault draws its nonces from.
    #[must_use]
    pub const fn entropy(&self) -> Entropy {
        self.entropy
    }

    fn key_sets(&self) -> impl Iterator<Item = &KeySet> {
        std::iter::once(&self.keys.current).chain(&self.keys.previous)
    }

    /// Encrypts `plaintext`. The result opens only with the same `purpose` and `context`. The context
    /// names the place of the value (the ids of pool and row, the column), so that a secret cannot be moved
    /// into another row. The result is [`SEAL_OVERHEAD`] bytes longer than the text: a
    /// version byte, four bytes that name the master key, nonce, ciphertext and tag.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub fn seal(
        &self,
        purpose: KeyPurpose,
        context: &[&str],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let keys = &self.keys.current;
        let nonce: [u8; KEY_NONCE_LENGTH] = self.entropy.bytes();
        let gcm_nonce: [u8; GCM_NONCE_LENGTH] = self.entropy.bytes();
        let mut blob = Vec::with_capacity(plaintext.len() + SEAL_OVERHEAD);
        blob.push(VERSION);
        blob.extend_from_slice(&keys.id);
        let aad = additional_data(&blob, context);
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&gcm_nonce);
        let sealed = seal_extended(
            &keys.of(purpose).sealing,
            &nonce,
            gcm_nonce,
            &aad,
            plaintext,
        )?;
        blob.extend_from_slice(&sealed);
        Ok(blob)
    }

    /// Decrypts a result of [`Vault::seal`]. `None` if it was changed, or was sealed for another purpose or
    /// context, or under an unknown master key.
    #[must_use]
    pub fn open(
        &self,
        purpose: KeyPurpose,
        context: &[&str],
        blob: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (head, rest) = blob.split_at_checked(1 + KEY_ID_LENGTH)?;
        let (nonce, rest) = rest.split_first_chunk::<KEY_NONCE_LENGTH>()?;
        let (gcm_nonce, sealed) = rest.split_first_chunk::<GCM_NONCE_LENGTH>()?;
        let (version, id) = head.split_first()?;
        if *version != VERSION {
            return None;
        }
        let aad = additional_data(head, context);
        // Two keys may have the same four-byte id by chance, so every key with the id is tried.
        self.key_sets()
            .filter(|keys| keys.id == id)
            .find_map(|keys| {
                let key = keys.of(purpose).sealing.message_key(nonce).ok()?;
                open_with(&key, *gcm_nonce, &aad, sealed)
            })
    }

    /// Whether `blob` was sealed under the current master key. If not, it should be sealed again when its
    /// row is next written.
    #[must_use]
    pub fn is_current(&self, blob: &[u8]) -> bool {
        blob.get(1..=KEY_ID_LENGTH) == Some(self.keys.current.id.as_slice())
    }

    /// The id of the current master key.
    #[must_use]
    pub fn current_key(&self) -> KeyId {
        KeyId::new(self.keys.current.id)
    }

    /// The ids of the previous master keys, in the order of the configuration.
    pub fn previous_keys(&self) -> impl Iterator<Item = KeyId> {
        self.keys.previous.iter().map(|keys| KeyId::new(keys.id))
    }

    /// What knows the refresh tokens that were issued under each master key, the current one first.
    pub fn token_keys(&self) -> impl Iterator<Item = &TokenKeys> {
        self.key_sets().map(|keys| &keys.token_keys)
    }

    /// What this vault can do with what was sealed under the master key with this id.
    #[must_use]
    pub fn standing(&self, key: KeyId) -> KeyStanding {
        if key == self.current_key() {
            KeyStanding::Current
        } else if self.previous_keys().any(|previous| previous == key) {
            KeyStanding::Previous
        } else {
            KeyStanding::Unknown
        }
    }

    /// HMAC-SHA256 of `parts` under a key of `purpose`, for values that are looked up or compared but not
    /// read: codes of six digits, ids of tokens. Each part is hashed with its length, so that different
    /// lists differ.
    #[must_use]
    pub fn keyed_hash(&self, purpose: KeyPurpose, parts: &[&[u8]]) -> [u8; 32] {
        self.keys.current.hash(purpose, parts)
    }

    /// The keyed hash of `parts` under the current master key and each previous one, for looking up a
    /// value that may have been stored before the master key was changed.
    #[must_use]
    pub fn keyed_hashes(&self, purpose: KeyPurpose, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        self.key_sets()
            .map(|keys| keys.hash(purpose, parts))
            .collect()
    }

    /// Whether `hash` is the keyed hash of `parts` under the current or a previous master key,
    /// compared in constant time.
    #[must_use]
    pub fn verify_keyed_hash(&self, purpose: KeyPurpose, parts: &[&[u8]], hash: &[u8]) -> bool {
        use subtle::ConstantTimeEq;
        self.key_sets()
            .fold(subtle::Choice::from(0), |found, keys| {
                found | keys.hash(purpose, parts).as_slice().ct_eq(hash)
            })
            .into()
    }

    /// The AES-256-GCM key of one message under the current master key, with that master key's id.
    pub(super) fn message_key(
        &self,
        purpose: KeyPurpose,
        nonce: &[u8; KEY_NONCE_LENGTH],
    ) -> Result<([u8; KEY_ID_LENGTH], LessSafeKey), CryptoError> {
        let keys = &self.keys.current;
        Ok((keys.id, keys.of(purpose).sealing.message_key(nonce)?))
    }

    /// The AES-256-GCM keys of one message under each master key with the id `id`.
    pub(super) fn message_keys(
        &self,
        purpose: KeyPurpose,
        id: [u8; KEY_ID_LENGTH],
        nonce: [u8; KEY_NONCE_LENGTH],
    ) -> impl Iterator<Item = LessSafeKey> {
        self.key_sets()
            .filter(move |keys| keys.id == id)
            .filter_map(move |keys| keys.of(purpose).sealing.message_key(&nonce).ok())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("previous_keys", &self.keys.previous.len())
            .finish_non_exhaustive()
    }
}

fn seal_extended(
    key: &ExtendedKey,
    nonce: &[u8; KEY_NONCE_LENGTH],
    gcm_nonce: [u8; GCM_NONCE_LENGTH],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    seal_with(&key.message_key(nonce)?, gcm_nonce, aad, plaintext)
}

/// AES-256-GCM: ciphertext with the tag behind it.
pub(super) fn seal_with(
    key: &LessSafeKey,
    nonce: [u8; GCM_NONCE_LENGTH],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    // With capacity for the tag the buffer is not reallocated, so no copy of the text remains.
    let mut buffer = Vec::with_capacity(plaintext.len() + TAG_LENGTH);
    buffer.extend_from_slice(plaintext);
    let nonce = Nonce::assume_unique_for_key(nonce);
    if let Err(failure) = key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut buffer) {
        buffer.zeroize();
        return Err(failure.into());
    }
    Ok(buffer)
}

/// The inverse of [`seal_with`].
pub(super) fn open_with(
    key: &LessSafeKey,
    nonce: [u8; GCM_NONCE_LENGTH],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = key
        .open_in_place(nonce, Aad::from(aad), buffer.as_mut_slice())
        .ok()?
        .len();
    buffer.truncate(length);
    Some(buffer)
}

#[cfg(test)]
mod tests;
