//! Guesses that come at once: no more of them are checked than the lock-out allows.

use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::client_with_ada;
use crate::support::{Answer, AppClient, TestServer, at_once, both_stores};

const LOCKED: &str = "Password attempts exceeded";
const BURST: usize = 40;

/// So many tries at once, of which `right` is the right password.
async fn burst(app: &AppClient, right: Option<usize>) -> Vec<Answer> {
    at_once(BURST, |number| {
        let app = app.clone();
        let password = if Some(number) == right {
            PASSWORD
        } else {
            WRONG_PASSWORD
        };
        async move { app.initiate("ada", password).await }
    })
    .await
}

/// How many of `answers` are successes, `Incorrect username or password.` and
/// `Password attempts exceeded`; there is nothing else.
#[track_caller]
fn sorted(answers: &[Answer]) -> (usize, usize, usize) {
    let (mut successes, mut wrong, mut locked) = (0, 0, 0);
    for answer in answers {
        if answer.status == 200 {
            successes += 1;
        } else if answer.message.as_deref() == Some(LOCKED) {
            not_authorized(answer, LOCKED);
            locked += 1;
        } else {
            incorrect(answer);
            wrong += 1;
        }
    }
    (successes, wrong, locked)
}

/// Fails as often as leaves the next failure to lock the user for half a minute.
async fn one_try_left(app: &AppClient) {
    for failures in 1..=9_u32 {
        incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        let lock = failures.checked_sub(5).map_or(0, |n| 2_i64.pow(n));
        app.pool.endpoint().advance(lock).await;
    }
}

both_stores! {
    /// Of many concurrent guesses only as many are checked as remain free, here one, and they lock
    /// no longer than that one would.
    async fn only_the_remaining_free_guesses_are_checked(server: TestServer) {
        let app = client_with_ada(&server).await;
        one_try_left(&app).await;
        assert_eq!(sorted(&burst(&app, None).await), (0, 1, BURST - 1));
        server.advance(32).await;
        app.sign_in("ada").await;
    }

    /// One answer shows a result, be it of the right password or of a wrong one. If it is the right
    /// one, the earlier failures are forgiven.
    async fn a_right_guess_among_many_is_not_distinguished(server: TestServer) {
        let app = client_with_ada(&server).await;
        one_try_left(&app).await;
        let (successes, wrong, locked) = sorted(&burst(&app, Some(BURST / 2)).await);
        if successes == 0 {
            assert_eq!((wrong, locked), (1, BURST - 1));
            not_authorized(&app.initiate("ada", PASSWORD).await, LOCKED);
        }
        server.advance(32).await;
        app.sign_in("ada").await;
    }
}
