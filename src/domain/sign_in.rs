//! Signing in, as a state machine: which step follows what has been proven.
//!
//! A sign-in begins with a first factor. What comes then follows from what is proven so far and from the
//! settings of pool and user as they are at that moment, so that a sign-in that takes several requests is
//! decided anew at each of them.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::mfa::{Demand, demand};
use super::second_factor::SecondFactor;
use super::session::SignInMethod;
use super::time::Timestamp;
use super::user::{User, UserStatus};
use super::user_pool::PoolSettings;

const DAY_SECONDS: i64 = 86_400;

/// What a user has proven in one sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// The first factor.
    pub method: SignInMethod,
    /// The second factor, if one has been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondFactor>,
    /// Whether the first factor counts as both: a passkey whose authenticator has verified its user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_as_both: bool,
}

impl Proven {
    /// The first factor, and nothing else.
    #[must_use]
    pub const fn first(method: SignInMethod) -> Self {
        Self {
            method,
            second: None,
            counts_as_both: false,
        }
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The user has to replace the temporary password.
    NewPassword,
    /// The user has to prove this second factor.
    SecondFactor(SecondFactor),
    /// The user has to choose one of these.
    SelectSecondFactor(Vec<SecondFactor>),
    /// The user has to set one of these up.
    SetUpSecondFactor(Vec<SecondFactor>),
    /// The user is signed in.
    Tokens,
}

/// The step that follows (behaviour 5.6): the state of the user is looked at first, then the temporary password,
/// then the second factor.
///
/// `password_set_at` is the time of the user's password, if it has one.
///
/// # Errors
/// What the state of the user causes.
pub fn next(
    settings: &PoolSettings,
    user: &User,
    password_set_at: Option<Timestamp>,
    proven: Proven,
    now: Timestamp,
) -> Result<Next, Failure> {
    if !user.enabled {
        return Err(Failure::UserDisabled);
    }
    match user.status {
        UserStatus::Confirmed => {}
        UserStatus::Unconfirmed => return Err(Failure::UserNotConfirmed),
        // Only reached where the client hides users: it gets the answer to a wrong password.
        UserStatus::ResetRequired => return Err(Failure::WrongCredentials),
        UserStatus::ForceChangePassword => {
            let days = settings.password_policy.temporary_password_validity_days;
            let has_expired = password_set_at
                .is_none_or(|set_at| set_at.plus_seconds(i64::from(days) * DAY_SECONDS) <= now);
            if has_expired {
                return Err(Failure::TemporaryPasswordExpired);
            }
            return Ok(Next::NewPassword);
        }
    }
    if proven.second.is_some() || proven.counts_as_both {
        return Ok(Next::Tokens);
    }
    Ok(match demand(settings, &user.mfa, &user.attributes) {
        Demand::Nothing => Next::Tokens,
        Demand::Factor(factor) => Next::SecondFactor(factor),
        Demand::Choice(factors) => Next::SelectSecondFactor(factors),
        Demand::SetUp(factors) => Next::SetUpSecondFactor(factors),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::Attributes;
    use crate::domain::second_factor::{PoolFactors, UserMfa};
    use crate::domain::user_pool::MfaMode;

    fn user(status: UserStatus, enabled: bool, mfa: &[SecondFactor]) -> User {
        User {
            pool_id: "us-east-1_A".to_owned(),
            id: "id".to_owned(),
            username: "ada".to_owned(),
            status,
            enabled,
            attributes: Attributes::new(),
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
            credentials_version: 1,
            version: 1,
            mfa: UserMfa {
                enabled: mfa.iter().copied().collect(),
                ..UserMfa::default()
            },
        }
    }

    #[test]
    fn which_step_follows_which() {
        use UserStatus::{Confirmed, ForceChangePassword, ResetRequired, Unconfirmed};
        let pool = |mfa| PoolSettings {
            mfa,
            factors: PoolFactors {
                software_token: Some(true),
                ..PoolFactors::default()
            },
            ..PoolSettings::default()
        };
        let totp = SecondFactor::SoftwareToken;
        let first = Proven::first(SignInMethod::Password);
        let both = Proven {
            second: Some(totp),
            ..first
        };
        let (optional, on) = (MfaMode::Optional, MfaMode::On);
        let day = Timestamp::default().plus_seconds(DAY_SECONDS);
        let week = Timestamp::default().plus_seconds(7 * DAY_SECONDS);
        let rows = [
            (
                optional,
                user(Confirmed, true, &[]),
                first,
                day,
                Ok(Next::Tokens),
            ),
            (
                optional,
                user(Confirmed, true, &[totp]),
                first,
                day,
                Ok(Next::SecondFactor(totp)),
            ),
            (
                optional,
                user(Confirmed, true, &[totp]),
                both,
                day,
                Ok(Next::Tokens),
            ),
            (
                on,
                user(Confirmed, true, &[]),
                first,
                day,
                Ok(Next::SetUpSecondFactor(vec![totp])),
            ),
            // The password comes before the second factor, also if one was set up before.
            (
                on,
                user(ForceChangePassword, true, &[totp]),
                first,
                day,
                Ok(Next::NewPassword),
            ),
            (
                on,
                user(ForceChangePassword, true, &[]),
                first,
                week,
                Err(Failure::TemporaryPasswordExpired),
            ),
            (
                on,
                user(Unconfirmed, true, &[]),
                first,
                day,
                Err(Failure::UserNotConfirmed),
            ),
            (
                on,
                user(ResetRequired, true, &[]),
                first,
                day,
                Err(Failure::WrongCredentials),
            ),
            (
                on,
                user(Confirmed, false, &[totp]),
                both,
                day,
                Err(Failure::UserDisabled),
            ),
        ];
        for (number, (mode, user, proven, now, expected)) in rows.into_iter().enumerate() {
            let found = next(&pool(mode), &user, Some(Timestamp::default()), proven, now);
            assert_eq!(found, expected, "row {number}");
        }
    }
}
