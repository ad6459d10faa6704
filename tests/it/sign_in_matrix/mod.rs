//! What holds for the answer to every challenge of a sign-in (sections 5.4 to 5.6 of the JSON API page, administration
//! 12), over InitiateAuth and RespondToAuthChallenge, and over their administrator's forms.
//!
//! A challenge is one row of [`challenges`], which says what its answers bring, what a user needs for it in
//! [`enrolment`], and how the user gets to it in [`reach`]. The cases in [`cases`] run over all rows. What only one
//! challenge has is tested where the resource is.

mod cases;
mod challenges;
mod enrolment;
mod hidden_users;
mod person;
mod reach;
mod world;

use std::future::Future;

use challenges::Challenge;
use world::{Door, World};

use crate::support::{TestStore, both_stores};

/// Runs a case on a new pool for each of the two forms of the operations.
async fn at_both_doors<F>(store: TestStore, challenge: Challenge, case: impl Fn(World) -> F)
where
    F: Future<Output = ()>,
{
    let server = World::server(&store).await;
    for door in Door::BOTH {
        case(World::new(&server, door, challenge).await).await;
    }
    server.stop().await;
}

/// Declares the tests of each challenge.
macro_rules! each_challenge {
    ($($name:ident: $challenge:ident,)+) => {$(
        mod $name {
            use super::*;

            both_stores! {
                /// It goes on, and the same answer once more does not.
                async fn a_right_answer_counts_once(store: TestStore) {
                    at_both_doors(store, Challenge::$challenge, cases::right).await;
                }

                /// It is refused with the text of the page, is counted where guesses are, and leaves the session usable.
                async fn a_wrong_answer_changes_nothing(store: TestStore) {
                    at_both_doors(store, Challenge::$challenge, cases::wrong).await;
                }

                /// Another user's, another client's, another challenge's, none, or one that was changed.
                async fn a_session_answers_nothing_else(store: TestStore) {
                    at_both_doors(store, Challenge::$challenge, cases::bound).await;
                }

                /// The session lives three minutes, and another sign-in begins as before.
                async fn a_session_expires(store: TestStore) {
                    at_both_doors(store, Challenge::$challenge, cases::expired).await;
                }

                /// Of several right answers at once one goes on.
                async fn of_answers_at_once_one_counts(store: TestStore) {
                    at_both_doors(store, Challenge::$challenge, cases::at_the_same_time).await;
                }
            }
        }
    )+};
}

each_challenge! {
    password: Password,
    password_srp: PasswordSrp,
    password_verifier: PasswordVerifier,
    new_password_required: NewPassword,
    sms_mfa: SmsMfa,
    email_otp_as_second_factor: EmailMfa,
    email_otp: EmailOtp,
    sms_otp: SmsOtp,
    software_token_mfa: SoftwareToken,
    select_mfa_type: SelectMfaType,
    mfa_setup: MfaSetup,
    custom_challenge: Custom,
    web_authn: WebAuthn,
    device_srp_auth: DeviceSrp,
    device_password_verifier: DevicePasswordVerifier,
    select_challenge: SelectFirst,
}
