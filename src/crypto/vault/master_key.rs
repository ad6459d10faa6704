//! The key that everything else hangs on.

use std::fmt;

use zeroize::Zeroizing;

/// The 32 random bytes from which every other key is derived.
#[derive(Clone)]
pub struct MasterKey(pub(super) Zeroizing<[u8; 32]>);

impl MasterKey {
    /// From 32 bytes, which must come from a random generator, not from a passphrase. The
    /// configuration reads them.
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
