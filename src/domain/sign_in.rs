//! Signing in, as a state machine: which step follows what has been proven.
//!
//! A sign-in begins with a first factor. What comes then follows from what is proven so far and from the
//! settings of pool and user as they are at that moment, so that a sign-in that takes several requests is
//! decided anew at each of them.

use serde::{Deserialize, Serialize};

use super::acr::{Factors, Need, StepUp, StepUpFault};
use super::device::Device;
use super::failure::Failure;
use super::mfa::{Demand, demand, provable};
use super::second_factor::{SecondFactor, UserMfa};
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
    /// Whether the sign-in began with a temporary password, which the user has replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub new_password: bool,
    /// Whether the first factor is a passkey that can be copied to other machines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synced_passkey: bool,
    /// Whether it is a custom sign-in, of which the pool's functions have said that it is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub custom_is_enough: bool,
    /// What the sign-in was asked to prove, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up: Option<StepUp>,
}

impl Proven {
    /// The first factor, and nothing else.
    #[must_use]
    pub const fn first(method: SignInMethod) -> Self {
        Self {
            method,
            second: None,
            counts_as_both: false,
            new_password: false,
            synced_passkey: false,
            custom_is_enough: false,
            step_up: None,
        }
    }

    /// The factors that this sign-in has proven, with those that an earlier one lends it.
    #[must_use]
    pub fn factors(&self) -> Factors {
        let mut method = self.method.factors();
        method.one_counts_as_two = self.counts_as_both;
        if self.method == SignInMethod::Passkey {
            method.synced_passkey = self.synced_passkey;
            method.bound_passkey = !self.synced_passkey;
        }
        let proven = self.second.map_or(method, |factor| method.with(factor));
        self.step_up
            .map_or(proven, |step_up| proven.and(step_up.credited))
    }

    /// Whether a second factor is proven, or a first one that counts as both.
    #[must_use]
    pub const fn has_two_factors(&self) -> bool {
        self.second.is_some() || self.counts_as_both
    }
}

/// The device that the request which proves something names as the one that the user signs in from.
#[derive(Clone, Copy, Debug)]
pub struct NamedDevice<'a> {
    /// The device, which the user has confirmed.
    pub device: &'a Device,
    /// Whether it has proven by SRP, with this request, that it is this one.
    pub is_proven: bool,
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
    /// The device that is named has to prove by SRP that it is this one.
    ProveDevice,
    /// The pool's function says what follows.
    Custom,
    /// The user is signed in.
    Tokens,
}

/// The step that follows (behaviour 5.6): the state of the user is looked at first, then the temporary password,
/// then the second factor, then the device. A device that replaces the second factor is asked instead of it
/// (administration 12.4).
///
/// `password_set_at` is the time of the user's password, if it has one. `named` is the device that the request names;
/// it counts only where the pool remembers devices.
///
/// # Errors
/// What the state of the user causes.
pub fn next(
    settings: &PoolSettings,
    user: &User,
    password_set_at: Option<Timestamp>,
    proven: Proven,
    named: Option<NamedDevice<'_>>,
    now: Timestamp,
) -> Result<Next, Failure> {
    if !user.enabled {
        return Err(Failure::UserDisabled);
    }
    match user.status {
        UserStatus::Confirmed => {}
        UserStatus::ForceChangePassword if proven.custom_is_enough => {}
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
            // A refusal after the user has chosen a password would not store that.
            demanded(settings, user, proven)?;
            return Ok(Next::NewPassword);
        }
    }
    let named = named.filter(|_| settings.device.is_some());
    let has_to_prove =
        named.is_some_and(|named| !named.is_proven && named.device.has_to_prove_itself());
    let replaces = named.is_some_and(|named| named.device.replaces_second_factor(settings.device));
    let mut of_pool = demanded_by_pool(settings, user, proven);
    // What the user has not set up yet, a device does not replace.
    if replaces && matches!(of_pool, Demand::Factor(_) | Demand::Choice(_)) {
        of_pool = Demand::Nothing;
    }
    let demanded = with_level(settings, user, proven, of_pool)?;
    Ok(match demanded {
        Demand::Nothing if has_to_prove => Next::ProveDevice,
        Demand::Nothing => Next::Tokens,
        Demand::Factor(factor) => Next::SecondFactor(factor),
        Demand::Choice(factors) => Next::SelectSecondFactor(factors),
        Demand::SetUp(factors) => Next::SetUpSecondFactor(factors),
    })
}

/// What second factor is asked for, whatever the device: what the pool demands, and what the level of authentication
/// needs that the sign-in has to reach.
///
/// # Errors
/// [`StepUpFault::OutOfReach`] if the user lacks the factors for the level, and does not have to set up one that reaches it.
pub fn demanded(settings: &PoolSettings, user: &User, proven: Proven) -> Result<Demand, Failure> {
    let of_pool = demanded_by_pool(settings, user, proven);
    with_level(settings, user, proven, of_pool)
}

fn demanded_by_pool(settings: &PoolSettings, user: &User, proven: Proven) -> Demand {
    if proven.has_two_factors() || proven.custom_is_enough {
        Demand::Nothing
    } else {
        demand(settings, &user.mfa, &user.attributes)
    }
}

/// What is asked for where the sign-in has to reach a level (administration 10.4): what that needs, or what the pool
/// demands, where it needs nothing more.
fn with_level(
    settings: &PoolSettings,
    user: &User,
    proven: Proven,
    of_pool: Demand,
) -> Result<Demand, Failure> {
    let Some(step_up) = proven.step_up else {
        return Ok(of_pool);
    };
    let provable = provable(settings, &user.mfa, &user.attributes);
    match step_up.need(proven.factors(), &provable) {
        Need::Nothing(_) => Ok(of_pool),
        Need::OutOfReach => {
            // A user who has to set a factor up may reach a level with it. The first sign-in after a sign-up is no exception
            // here, although it needs no factor where no level is asked for.
            let after_first_sign_in = UserMfa {
                first_sign_in: false,
                ..user.mfa.clone()
            };
            let factors = match demand(settings, &after_first_sign_in, &user.attributes) {
                Demand::SetUp(factors) => factors,
                Demand::Nothing | Demand::Factor(_) | Demand::Choice(_) => Vec::new(),
            };
            let reaches =
                |factor: &SecondFactor| step_up.may_begin_with(proven.factors(), &[*factor]);
            let factors: Vec<_> = factors.into_iter().filter(reaches).collect();
            if factors.is_empty() {
                return Err(Failure::StepUp(StepUpFault::OutOfReach));
            }
            Ok(Demand::SetUp(factors))
        }
        Need::OneOf(factors) => {
            let preferred = user.mfa.preferred.filter(|factor| factors.contains(factor));
            Ok(match (preferred, factors.as_slice()) {
                (Some(factor), _) => Demand::Factor(factor),
                (None, [only]) => Demand::Factor(*only),
                (None, _) => Demand::Choice(factors),
            })
        }
    }
}

/// The step that follows in a custom sign-in (behaviour 5.8, administration 12.5): the pool's function says it, except
/// that a second factor follows the password, where `password_just_proven`. A temporary password need not be replaced.
///
/// # Errors
/// What the state of the user causes.
pub fn next_in_custom(
    settings: &PoolSettings,
    user: &User,
    proven: Proven,
    password_just_proven: bool,
) -> Result<Next, Failure> {
    if !user.enabled {
        return Err(Failure::UserDisabled);
    }
    match user.status {
        UserStatus::Confirmed | UserStatus::ForceChangePassword => {}
        UserStatus::Unconfirmed => return Err(Failure::UserNotConfirmed),
        UserStatus::ResetRequired => return Err(Failure::WrongCredentials),
    }
    let asks = password_just_proven && proven.second.is_none();
    let second = asks.then(|| second_factor(settings, user)).flatten();
    Ok(second.unwrap_or(Next::Custom))
}

/// The second factor that the user has to prove, if there is one.
fn second_factor(settings: &PoolSettings, user: &User) -> Option<Next> {
    match demand(settings, &user.mfa, &user.attributes) {
        Demand::Nothing => None,
        Demand::Factor(factor) => Some(Next::SecondFactor(factor)),
        Demand::Choice(factors) => Some(Next::SelectSecondFactor(factors)),
        Demand::SetUp(factors) => Some(Next::SetUpSecondFactor(factors)),
    }
}

#[cfg(test)]
mod tests;
