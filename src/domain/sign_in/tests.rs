mod custom;

use super::*;
use crate::domain::attribute::Attributes;
use crate::domain::device::DeviceKeys;
use crate::domain::second_factor::{PoolFactors, UserMfa};
use crate::domain::sign_in_settings::DeviceSettings;
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
        let set_at = Some(Timestamp::default());
        let found = next(&pool(mode), &user, set_at, proven, None, now);
        assert_eq!(found, expected, "row {number}");
    }
}

fn device(remembered: bool, second_factor: bool) -> Device {
    Device {
        pool_id: "us-east-1_A".to_owned(),
        user_id: "id".to_owned(),
        keys: DeviceKeys::new("us-east-1", uuid::Uuid::nil()),
        name: None,
        remembered,
        second_factor,
        srp_salt: Vec::new(),
        srp_verifier: Vec::new(),
        last_address: None,
        user_agent: None,
        created_at: Timestamp::default(),
        modified_at: Timestamp::default(),
        authenticated_at: Timestamp::default(),
    }
}

/// What a device changes, in pools that track none (`None`), and that let devices replace the second factor or
/// not.
#[test]
fn where_the_device_comes_in() {
    let totp = SecondFactor::SoftwareToken;
    let asks = Next::SecondFactor(totp);
    let first = Proven::first(SignInMethod::Srp);
    let both = Proven {
        second: Some(totp),
        ..first
    };
    let one = Proven {
        counts_as_both: true,
        ..first
    };
    let remembered = device(true, true);
    let without_factor = device(true, false);
    let known = device(false, true);
    let named = |device, is_proven| Some(NamedDevice { device, is_proven });
    let (yes, no) = (Some(true), Some(false));
    let (with, without): (&[SecondFactor], &[SecondFactor]) = (&[totp], &[]);
    let (optional, on) = (MfaMode::Optional, MfaMode::On);
    let set_up = Next::SetUpSecondFactor(vec![totp]);
    let rows = [
        // A user without a second factor: a remembered device has to prove itself, and no other.
        (optional, yes, without, first, None, Next::Tokens),
        (
            optional,
            yes,
            without,
            first,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        (
            optional,
            no,
            without,
            first,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        (
            optional,
            yes,
            without,
            first,
            named(&remembered, true),
            Next::Tokens,
        ),
        (
            optional,
            yes,
            without,
            first,
            named(&without_factor, false),
            Next::ProveDevice,
        ),
        (
            optional,
            yes,
            without,
            first,
            named(&known, false),
            Next::Tokens,
        ),
        (
            optional,
            None,
            without,
            first,
            named(&remembered, false),
            Next::Tokens,
        ),
        // It is asked instead of the second factor where the pool lets it replace that one.
        (
            optional,
            yes,
            with,
            first,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        (
            optional,
            yes,
            with,
            first,
            named(&remembered, true),
            Next::Tokens,
        ),
        (
            on,
            yes,
            with,
            first,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        (on, yes, with, first, named(&remembered, true), Next::Tokens),
        // Else it is asked behind the second factor.
        (
            optional,
            no,
            with,
            first,
            named(&remembered, false),
            asks.clone(),
        ),
        (
            optional,
            no,
            with,
            first,
            named(&remembered, true),
            asks.clone(),
        ),
        (
            optional,
            no,
            with,
            both,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        (
            optional,
            no,
            with,
            both,
            named(&remembered, true),
            Next::Tokens,
        ),
        (
            optional,
            yes,
            with,
            both,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        // A device that has not seen a second factor yet, or is not remembered, replaces none.
        (
            optional,
            yes,
            with,
            first,
            named(&without_factor, false),
            asks.clone(),
        ),
        (
            optional,
            yes,
            with,
            first,
            named(&without_factor, true),
            asks.clone(),
        ),
        (
            optional,
            yes,
            with,
            both,
            named(&without_factor, false),
            Next::ProveDevice,
        ),
        (
            optional,
            yes,
            with,
            both,
            named(&without_factor, true),
            Next::Tokens,
        ),
        (
            optional,
            yes,
            with,
            first,
            named(&known, false),
            asks.clone(),
        ),
        (
            optional,
            yes,
            with,
            first,
            named(&known, true),
            asks.clone(),
        ),
        (
            optional,
            yes,
            with,
            both,
            named(&known, false),
            Next::Tokens,
        ),
        // A sign-in that names none, and pools that track none.
        (optional, yes, with, first, None, asks.clone()),
        (
            optional,
            None,
            with,
            first,
            named(&remembered, true),
            asks.clone(),
        ),
        (
            optional,
            None,
            with,
            both,
            named(&remembered, false),
            Next::Tokens,
        ),
        // What counts as both factors, and what has to be set up.
        (
            optional,
            yes,
            with,
            one,
            named(&remembered, false),
            Next::ProveDevice,
        ),
        (
            optional,
            yes,
            with,
            one,
            named(&remembered, true),
            Next::Tokens,
        ),
        (
            on,
            yes,
            without,
            first,
            named(&remembered, false),
            set_up.clone(),
        ),
        (on, yes, without, first, named(&remembered, true), set_up),
    ];
    for (number, (mfa, replaces, factors, proven, named, expected)) in rows.into_iter().enumerate()
    {
        let pool = PoolSettings {
            mfa,
            factors: PoolFactors {
                software_token: Some(true),
                ..PoolFactors::default()
            },
            device: replaces.map(|replaces| DeviceSettings {
                challenge_required_on_new_device: replaces,
                remembered_on_user_prompt: false,
            }),
            ..PoolSettings::default()
        };
        let user = user(UserStatus::Confirmed, true, factors);
        let now = Timestamp::default();
        let found = next(&pool, &user, Some(now), proven, named, now);
        assert_eq!(found, Ok(expected), "row {number}");
    }
}

/// A temporary password, and a user that may not sign in, come before any device.
#[test]
fn a_device_changes_nothing_of_what_comes_before_it() {
    let device = device(true, true);
    let pool = PoolSettings {
        device: Some(DeviceSettings {
            challenge_required_on_new_device: true,
            remembered_on_user_prompt: false,
        }),
        ..PoolSettings::default()
    };
    let now = Timestamp::default();
    let first = Proven::first(SignInMethod::Password);
    for is_proven in [false, true] {
        let named = Some(NamedDevice {
            device: &device,
            is_proven,
        });
        for (user, expected) in [
            (
                user(UserStatus::ForceChangePassword, true, &[]),
                Ok(Next::NewPassword),
            ),
            (
                user(UserStatus::Unconfirmed, true, &[]),
                Err(Failure::UserNotConfirmed),
            ),
            (
                user(UserStatus::Confirmed, false, &[]),
                Err(Failure::UserDisabled),
            ),
        ] {
            assert_eq!(next(&pool, &user, Some(now), first, named, now), expected);
        }
    }
}
