//! How far a sign-in has come.

use super::challenge_session::ChallengeState;
use crate::domain::group::Group;
use crate::domain::sign_in::Proven;
use crate::domain::user::User;
use crate::flows::mfa::software_token::Acceptance;
use crate::flows::passkeys::sign_in::Answered;
use crate::triggers::ChallengeResult;

/// A user who has proven something.
pub(super) struct Standing {
    /// The user, as it was read.
    pub user: User,
    /// The groups that its tokens name.
    pub groups: Vec<Group>,
    /// What is proven.
    pub proven: Proven,
    /// The challenge that was answered; it is spent with what follows. `None` if the flow has no session, or
    /// its challenge is spent already.
    pub answered: Option<ChallengeState>,
    /// The change of the user that the answer brings, beside what a sign-in changes; it is written with the
    /// tokens.
    pub changed: Option<User>,
    /// The code of an authenticator app that is used up by the sign-in.
    pub acceptance: Option<Acceptance>,
    /// The passkey that has answered, whose counter rises with the sign-in.
    pub passkey: Option<Answered>,
    /// The DEVICE_KEY of the request, with which the client says what device the user signs in from.
    pub device_key: Option<String>,
    /// Whether that device has proven with this request that it is this one.
    pub is_device_proven: bool,
    /// What has been answered in a custom sign-in, oldest first; `None` in any other.
    pub custom: Option<Vec<ChallengeResult>>,
}

impl Standing {
    /// A user who has proven a first factor.
    pub const fn first(user: User, groups: Vec<Group>, proven: Proven) -> Self {
        Self {
            user,
            groups,
            proven,
            answered: None,
            changed: None,
            acceptance: None,
            passkey: None,
            device_key: None,
            is_device_proven: false,
            custom: None,
        }
    }
}
