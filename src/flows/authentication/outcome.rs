//! What a step of signing in results in: tokens, or the next challenge.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tokens::Tokens;
use crate::domain::attribute::Attributes;

/// The result of a step of signing in.
pub enum Outcome {
    /// The user is signed in.
    SignedIn(Tokens),
    /// The user has to prove its password by SRP.
    PasswordVerifier(PasswordVerifier),
    /// The user has to replace its temporary password.
    NewPasswordRequired(NewPasswordRequired),
}

/// A challenge to replace a temporary password.
pub struct NewPasswordRequired {
    /// What the answer must bring back.
    pub session: String,
    /// The real username.
    pub username: String,
    /// Required attributes that the user does not have.
    pub required: Vec<String>,
    /// The user's attributes that the client may read, without `sub`.
    pub attributes: Attributes,
}

/// The state of a challenge, sealed in a client's hands.
#[derive(Serialize, Deserialize)]
pub(super) struct ChallengeState {
    /// A random id, by which the store records that the challenge was used.
    pub id: Uuid,
    /// The pool.
    pub pool: String,
    /// The client.
    pub client: String,
    /// The user.
    pub user: String,
    /// The user's credentials version when the password was proven; a challenge of another version is
    /// void.
    pub credentials_version: i64,
    /// The end of its life, in milliseconds.
    pub exp: i64,
}

/// What the client needs to compute its proof.
pub struct PasswordVerifier {
    /// The salt, in hexadecimal.
    pub salt: String,
    /// The sealed state of the exchange, which the client's signature covers and its answer must
    /// return.
    pub secret_block: String,
    /// B, in hexadecimal.
    pub public: String,
    /// The real username, which the client puts into its computation.
    pub username: String,
}
