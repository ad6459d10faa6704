//! The sign-in that a browser holds at a pool's domain (domain 7).

use serde::{Deserialize, Serialize};

use super::acr::Factors;
use super::session::SignInMethod;
use super::time::Timestamp;

/// Seconds that a sign-in is kept at least, so that what follows it on the pages can end.
const LEAST_SECONDS: i64 = 5 * 60;

/// Seconds for which the sign-in of a browser is kept, counted from it, whatever is done meanwhile. `of_client` is how old
/// a sign-in may be that the app client takes at which it happens.
#[must_use]
pub const fn life_seconds(of_client: i64) -> i64 {
    if of_client < LEAST_SECONDS {
        LEAST_SECONDS
    } else {
        of_client
    }
}

/// What a user has proven in a sign-in, and when: what the tokens say of it that come from it later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInFacts {
    /// When the user signed in, in milliseconds.
    auth_time: i64,
    /// How.
    pub method: SignInMethod,
    /// The factors.
    pub factors: Factors,
    /// The name of the level of authentication that was asked for, and reached. That of a code counts, since each request
    /// asks for its own; that of a browser's sign-in does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Whether the user has passed a second factor, or one that counts as both.
    pub second_factor: bool,
    /// The id that the sign-in is listed by, where the pool tracked sessions when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_id: Option<String>,
}

impl SignInFacts {
    /// The facts of a sign-in at `auth_time`.
    #[must_use]
    pub const fn new(
        auth_time: Timestamp,
        (method, factors): (SignInMethod, Factors),
        second_factor: bool,
        acr: Option<String>,
    ) -> Self {
        Self {
            auth_time: auth_time.millis(),
            method,
            factors,
            acr,
            second_factor,
            listed_id: None,
        }
    }

    /// When the user signed in.
    #[must_use]
    pub const fn auth_time(&self) -> Timestamp {
        Timestamp::from_millis(self.auth_time)
    }
}

/// A browser's sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserSession {
    /// The user.
    pub user_id: String,
    /// The user's credentials version at the sign-in: another one ends it.
    pub credentials_version: i64,
    /// What was proven, and when the sign-in began.
    pub sign_in: SignInFacts,
    /// When it ends.
    pub expires_at: Timestamp,
}
