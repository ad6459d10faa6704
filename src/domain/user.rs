//! Users.

use super::attribute::Attributes;
use super::second_factor::UserMfa;
use super::time::Timestamp;

/// A user of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The pool.
    pub pool_id: String,
    /// The `sub`: a UUID that never changes.
    pub id: String,
    /// The real username: what was chosen, or the `sub` in pools whose usernames are e-mail
    /// addresses or phone numbers (behaviour 3.2).
    pub username: String,
    /// The status.
    pub status: UserStatus,
    /// Whether the user may sign in and use tokens; an administrator can disable it.
    pub enabled: bool,
    /// The attributes, without `sub`.
    pub attributes: Attributes,
    /// The second factors that are turned on.
    pub mfa: UserMfa,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub modified_at: Timestamp,
    /// Rises when the password is replaced without the former one: by a recovery or by an
    /// administrator. A sign-in that was begun before then fails. ChangePassword does not raise it.
    pub credentials_version: i64,
    /// Counts changes; an update names the version it was made from.
    pub version: i64,
}

/// The status of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Signed up, and the code not yet redeemed.
    Unconfirmed,
    /// May sign in.
    Confirmed,
    /// Has a temporary password.
    ForceChangePassword,
    /// Must reset the password.
    ResetRequired,
}

impl UserStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Unconfirmed,
        Self::Confirmed,
        Self::ForceChangePassword,
        Self::ResetRequired,
    ];

    /// The word for it, the same in the store and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ResetRequired => "RESET_REQUIRED",
        }
    }

    /// The status with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// The credentials of a user that has a password.
#[derive(Clone)]
pub struct Credentials {
    /// Argon2id: a PHC string, or one that is sealed (`crypto::password_pepper`); or the hash of another system
    /// (`crypto::imported_hash`).
    pub password_hash: String,
    /// The salt of the SRP verifier.
    pub srp_salt: Vec<u8>,
    /// The SRP verifier, sealed.
    pub srp_verifier: Vec<u8>,
    /// When the password was set.
    pub set_at: Timestamp,
    /// Hashes of the passwords before it, newest first, stored as `password_hash` is.
    pub former: Vec<String>,
}

impl Credentials {
    /// The hashes of this password and those before it, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.password_hash).chain(&self.former)
    }
}
