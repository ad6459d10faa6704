//! The keys by which a server knows refresh tokens that it has issued, apart from its master key, so that a user pool
//! can take them along to another server.

use std::fmt;

use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{CryptoError, ExtendedKey, KEY_ID_LENGTH, KEY_NONCE_LENGTH, KeyId, hash_parts};

/// Length of either key.
const KEY_LENGTH: usize = 32;

/// The keys of one master key that open its refresh tokens and hash their ids. Nothing else can be derived from them.
/// `Debug` shows the id only.
pub struct TokenKeys {
    id: [u8; KEY_ID_LENGTH],
    /// The key that opens, and behind it the one that hashes.
    bytes: Zeroizing<[u8; 2 * KEY_LENGTH]>,
    opening: ExtendedKey,
    hashing: hmac::Key,
}

impl TokenKeys {
    /// The keys of the master key `id`, from the text of [`TokenKeys::bytes`].
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if they are not as long, [`CryptoError::Library`] if the library fails.
    pub fn new(id: KeyId, bytes: &[u8]) -> Result<Self, CryptoError> {
        let bytes = <[u8; 2 * KEY_LENGTH]>::try_from(bytes).map_err(|_| CryptoError::BadKey)?;
        let bytes = Zeroizing::new(bytes);
        let (opening, hashing) = bytes
            .split_first_chunk::<KEY_LENGTH>()
            .ok_or(CryptoError::BadKey)?;
        Ok(Self {
            id: id.as_bytes().try_into().map_err(|_| CryptoError::BadKey)?,
            opening: ExtendedKey::new(opening)?,
            hashing: hmac::Key::new(hmac::HMAC_SHA256, hashing),
            bytes,
        })
    }

    /// The id of the master key that they were derived from.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        KeyId::new(self.id)
    }

    /// The keys themselves, for an export, which is sealed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// The hash of `parts` as the vault of the master key makes it for ids of tokens.
    #[must_use]
    pub fn token_id_hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        hash_parts(&self.hashing, parts)
    }

    /// The AES-256-GCM key of one refresh token, if its master key has the id `id`.
    pub(in crate::crypto) fn message_key(
        &self,
        id: [u8; KEY_ID_LENGTH],
        nonce: &[u8; KEY_NONCE_LENGTH],
    ) -> Option<LessSafeKey> {
        (self.id == id).then(|| self.opening.message_key(nonce).ok())?
    }
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKeys({})", self.id())
    }
}
