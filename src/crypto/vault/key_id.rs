//! The ids by which sealed values name their master key.

use std::fmt;

use super::KEY_ID_LENGTH;

/// The id of a master key: four bytes derived from it, which tell nothing else about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KEY_ID_LENGTH]);

impl KeyId {
    /// The id with these bytes.
    pub(super) const fn new(bytes: [u8; KEY_ID_LENGTH]) -> Self {
        Self(bytes)
    }

    /// The id with these bytes; `None` if they are not four.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The id from the eight hexadecimal digits that `Display` writes.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; KEY_ID_LENGTH];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The bytes, as sealed values hold them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What a vault can do with what was sealed under a master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStanding {
    /// It seals and opens under this key.
    Current,
    /// It opens what this key sealed, and seals nothing under it.
    Previous,
    /// It does not have this key.
    Unknown,
}
