//! What is wrong with a passkey, or with the registration of one.

use super::category::Category;

/// Why a passkey is not registered, found or deleted (administration 12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyFault {
    /// The pool's sign-ins cannot begin with a passkey.
    NotEnabled,
    /// There is no domain that the pool's passkeys could belong to.
    NoRelyingParty,
    /// The user has not begun this registration, it has taken too long, or it is completed.
    ChallengeNotFound,
    /// The registration was begun at another client.
    OtherClient,
    /// The passkey was made by a page outside of the domain that passkeys belong to.
    Origin,
    /// The passkey was made for another domain.
    RelyingParty,
    /// The authenticator, or the algorithm of its key, is not supported.
    NotSupported,
    /// The authenticator's response cannot be read, lacks something or is not signed well, or the
    /// credential is registered already.
    Malformed,
    /// The user has no such passkey.
    NotFound,
}

impl PasskeyFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::NotEnabled | Self::NoRelyingParty => Category::NotEnabled,
            Self::ChallengeNotFound => Category::Expired,
            Self::OtherClient => Category::Forbidden,
            Self::Origin | Self::RelyingParty | Self::NotSupported | Self::Malformed => {
                Category::InvalidInput
            }
        }
    }
}
