//! What follows in a custom sign-in, as a table.

use super::*;

#[test]
fn what_follows_in_a_custom_sign_in() {
    use UserStatus::{Confirmed, ForceChangePassword, ResetRequired, Unconfirmed};
    let totp = SecondFactor::SoftwareToken;
    let settings = PoolSettings {
        mfa: MfaMode::Optional,
        factors: PoolFactors {
            software_token: Some(true),
            ..PoolFactors::default()
        },
        ..PoolSettings::default()
    };
    let custom = Proven::first(SignInMethod::Custom);
    let password = Proven::first(SignInMethod::Srp);
    let both = Proven {
        second: Some(totp),
        ..password
    };
    let rows = [
        (user(Confirmed, true, &[]), custom, false, Ok(Next::Custom)),
        // The functions stand for the second factor, too.
        (
            user(Confirmed, true, &[totp]),
            custom,
            false,
            Ok(Next::Custom),
        ),
        (user(Confirmed, true, &[]), password, true, Ok(Next::Custom)),
        (
            user(Confirmed, true, &[totp]),
            password,
            true,
            Ok(Next::SecondFactor(totp)),
        ),
        (user(Confirmed, true, &[totp]), both, true, Ok(Next::Custom)),
        // It was asked for once.
        (
            user(Confirmed, true, &[totp]),
            password,
            false,
            Ok(Next::Custom),
        ),
        (
            user(ForceChangePassword, true, &[]),
            password,
            true,
            Ok(Next::Custom),
        ),
        (
            user(Unconfirmed, true, &[]),
            custom,
            false,
            Err(Failure::UserNotConfirmed),
        ),
        (
            user(ResetRequired, true, &[]),
            custom,
            false,
            Err(Failure::WrongCredentials),
        ),
        (
            user(Confirmed, false, &[]),
            both,
            true,
            Err(Failure::UserDisabled),
        ),
    ];
    for (number, (user, proven, just_proven, expected)) in rows.into_iter().enumerate() {
        let found = next_in_custom(&settings, &user, proven, just_proven);
        assert_eq!(found, expected, "row {number}");
    }
}
