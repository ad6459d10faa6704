//! The master key.

use std::fmt;

use zeroize::Zeroizing;

/// The 32 random bytes from which every other key is derived.
#[derive(Clone)]
pub struct MasterKey(pub(super) Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A key from 32 bytes, which must come from a random generator and not from a passphrase.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Zeroizing<[u8; 32]>>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}
