//! The pepper of password hashes: an Argon2id hash is stored sealed, so that a thief of the database who does
//! not have the master key cannot try a single password.
//!
//! A sealed hash is a text, `sealed$`, the first five bytes of the sealed value in hexadecimal (its version
//! and the id of its master key, which the database finds it by), `$`, and the rest in base64. What does not
//! begin so is a PHC string, as it was stored before.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::CryptoError;
use super::vault::{KEY_ID_LENGTH, KeyId, KeyPurpose, Vault};

const PREFIX: &str = "sealed$";
/// Length of the version and the key's id, in bytes.
const HEAD: usize = 1 + KEY_ID_LENGTH;

/// The part of a stored hash that the database finds it by: the first 17 characters.
pub const FORM_LENGTH: usize = PREFIX.len() + 2 * HEAD;

/// A PHC string of usual length, for the work that is done where there is no hash to open.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The Argon2id hash of a password, opened. Wiped when dropped; `Debug` shows nothing.
pub struct OpenedHash(Zeroizing<String>);

impl OpenedHash {
    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OpenedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedHash(..)")
    }
}

/// Seals and opens the password hashes of users. Cheap to clone.
#[derive(Clone)]
pub struct PasswordPepper {
    vault: Vault,
    /// Opened where there is no sealed hash, so that every check opens one.
    nobody: String,
}

impl PasswordPepper {
    /// A pepper that seals and opens with `vault`.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub fn new(vault: Vault) -> Result<Self, CryptoError> {
        let mut pepper = Self {
            vault,
            nobody: String::new(),
        };
        pepper.nobody = pepper.seal("", "", NOBODY)?;
        Ok(pepper)
    }

    /// Seals the PHC string of the user's password, current or former.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub fn seal(&self, pool_id: &str, user_id: &str, phc: &str) -> Result<String, CryptoError> {
        let context = [pool_id, user_id];
        let blob = self
            .vault
            .seal(KeyPurpose::PasswordHash, &context, phc.as_bytes())?;
        let (head, rest) = blob.split_at_checked(HEAD).ok_or(CryptoError::Encoding)?;
        let mut text = format!("{PREFIX}{}$", hex::encode(head));
        BASE64_STANDARD_NO_PAD.encode_string(rest, &mut text);
        Ok(text)
    }

    /// Opens a stored hash, sealed or not; `None` if it was sealed for another user or under a master key that
    /// is not there. It takes as long in either case.
    #[must_use]
    pub fn open(&self, pool_id: &str, user_id: &str, stored: &str) -> Option<OpenedHash> {
        if is_sealed(stored) {
            return self.open_sealed(pool_id, user_id, stored);
        }
        self.open_nobody();
        Some(OpenedHash(Zeroizing::new(stored.to_owned())))
    }

    /// The work of [`PasswordPepper::open`] where there is no user, or no password.
    pub fn open_nobody(&self) {
        std::hint::black_box(self.open_sealed("", "", &self.nobody));
    }

    fn open_sealed(&self, pool_id: &str, user_id: &str, stored: &str) -> Option<OpenedHash> {
        let blob = blob(stored)?;
        let context = [pool_id, user_id];
        let phc = self.vault.open(KeyPurpose::PasswordHash, &context, &blob)?;
        let phc = std::str::from_utf8(&phc).ok()?;
        Some(OpenedHash(Zeroizing::new(phc.to_owned())))
    }

    /// `stored` as it is to be written: sealed under the current master key if it was sealed under another, or
    /// if `wraps` asks to seal what is not. `None` if it does not open.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub fn renew<'s>(
        &self,
        pool_id: &str,
        user_id: &str,
        stored: &'s str,
        wraps: bool,
    ) -> Result<Option<Cow<'s, str>>, CryptoError> {
        let is_current = match sealed_under(stored) {
            Some(key) => key == self.vault.current_key(),
            None => !is_sealed(stored) && !wraps,
        };
        if is_current {
            return Ok(Some(Cow::Borrowed(stored)));
        }
        let Some(opened) = self.open(pool_id, user_id, stored) else {
            return Ok(None);
        };
        Ok(Some(Cow::Owned(self.seal(
            pool_id,
            user_id,
            opened.as_str(),
        )?)))
    }
}

impl fmt::Debug for PasswordPepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordPepper(..)")
    }
}

/// Whether a stored hash, or the first [`FORM_LENGTH`] characters of one, is sealed.
#[must_use]
pub fn is_sealed(stored: &str) -> bool {
    stored.starts_with(PREFIX)
}

/// The id of the master key that a stored hash is sealed under, from its first [`FORM_LENGTH`] characters;
/// `None` if it is not sealed.
#[must_use]
pub fn sealed_under(stored: &str) -> Option<KeyId> {
    let head = stored.strip_prefix(PREFIX)?.get(..2 * HEAD)?;
    // The first two digits are the version.
    KeyId::from_hex(head.get(2..)?)
}

/// The sealed value within a stored hash.
fn blob(stored: &str) -> Option<Vec<u8>> {
    let (head, rest) = stored.strip_prefix(PREFIX)?.split_once('$')?;
    let mut blob = hex::decode(head).ok()?;
    if blob.len() != HEAD {
        return None;
    }
    BASE64_STANDARD_NO_PAD.decode_vec(rest, &mut blob).ok()?;
    Some(blob)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::MasterKey;
    use crate::entropy::Entropy;

    fn pepper(current: u8, previous: &[u8]) -> PasswordPepper {
        let key = |byte: &u8| MasterKey::from_bytes([*byte; 32]);
        let previous: Vec<_> = previous.iter().map(key).collect();
        PasswordPepper::new(Vault::new(&key(&current), &previous, Entropy).unwrap()).unwrap()
    }

    #[test]
    fn a_sealed_hash_opens_for_its_user_only_and_does_not_show_the_hash() {
        let pepper = pepper(1, &[]);
        let sealed = pepper.seal("pool", "ada", NOBODY).unwrap();
        assert!(is_sealed(&sealed));
        assert!(!sealed.contains("argon2"));
        assert_eq!(
            pepper.open("pool", "ada", &sealed).unwrap().as_str(),
            NOBODY
        );
        assert!(pepper.open("pool", "bob", &sealed).is_none());
        assert!(pepper.open("other", "ada", &sealed).is_none());
        assert!(pepper.open("pool", "ada", NOBODY).unwrap().as_str() == NOBODY);
    }

    #[test]
    fn the_form_names_the_master_key() {
        let pepper = pepper(1, &[]);
        let sealed = pepper.seal("pool", "ada", NOBODY).unwrap();
        let form = &sealed[..FORM_LENGTH];
        assert_eq!(sealed_under(form), Some(pepper.vault.current_key()));
        assert_eq!(sealed_under(&NOBODY[..FORM_LENGTH]), None);
        assert!(!is_sealed(&NOBODY[..FORM_LENGTH]));
    }

    #[test]
    fn a_damaged_hash_does_not_open() {
        let pepper = pepper(1, &[]);
        let sealed = pepper.seal("pool", "ada", NOBODY).unwrap();
        for damaged in [
            sealed[..FORM_LENGTH].to_owned(),
            sealed[..sealed.len() - 1].to_owned(),
            sealed.replacen('$', "$$", 1),
            format!("{sealed}="),
            "sealed$".to_owned(),
        ] {
            assert!(pepper.open("pool", "ada", &damaged).is_none(), "{damaged}");
            let renewed = pepper.renew("pool", "ada", &damaged, true).unwrap();
            // What still names the current key is left alone; everything else does not open.
            assert!(renewed.is_none_or(|kept| kept == damaged), "{damaged}");
        }
    }

    #[test]
    fn renewing_follows_the_master_key_and_seals_only_where_it_is_asked_to() {
        let (former, new) = (pepper(1, &[]), pepper(2, &[1]));
        assert_eq!(new.renew("p", "u", NOBODY, false).unwrap().unwrap(), NOBODY);
        let wrapped = new.renew("p", "u", NOBODY, true).unwrap().unwrap();
        assert_eq!(sealed_under(&wrapped), Some(new.vault.current_key()));
        let sealed = former.seal("p", "u", NOBODY).unwrap();
        let renewed = new.renew("p", "u", &sealed, false).unwrap().unwrap();
        assert_eq!(sealed_under(&renewed), Some(new.vault.current_key()));
        assert_eq!(new.open("p", "u", &renewed).unwrap().as_str(), NOBODY);
        assert!(former.renew("p", "u", &renewed, false).unwrap().is_none());
    }
}
