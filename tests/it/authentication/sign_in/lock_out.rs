//! Section 3.7: after five wrong passwords the user is locked for 2^(n-5) seconds.
//!
//! The server's clock runs while a test does, so locks are looked at when they are long enough for
//! the test not to outlast them, with a minute to spare; or with the clock put back, which no test
//! outlasts.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, SrpClient, TestServer, at_once, both_stores};

/// How far the clock is put back to look at a short lock. Not so far that a lock would end later
/// than the longest may last.
const BACK: i64 = 600;

/// How long the lock after `failures` lasts.
fn lock_seconds(failures: u32) -> i64 {
    failures.checked_sub(5).map_or(0, |n| 2_i64.pow(n))
}

#[track_caller]
fn locked(answer: &Answer) {
    not_authorized(answer, "Password attempts exceeded");
}

async fn client_with_users(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    for username in ["ada", "bob"] {
        confirmed_user(&pool, username, json!({})).await;
    }
    pool.client(json!({})).await
}

/// Fails as `ada` until `failures` are counted, waiting out each lock but the last.
async fn fail(app: &AppClient, failures: u32) {
    fail_as(app, "ada", failures).await;
}

async fn fail_as(app: &AppClient, username: &str, failures: u32) {
    for counted in 1..=failures {
        incorrect(&app.initiate(username, WRONG_PASSWORD).await);
        if counted < failures {
            app.pool.endpoint().advance(lock_seconds(counted)).await;
        }
    }
}

both_stores! {
    /// The first five failures do not lock.
    async fn five_failures_lock_nobody(server: TestServer) {
        let app = client_with_users(&server).await;
        for _ in 0..5 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        }
        server.advance(1).await;
        app.sign_in("ada").await;
    }

    /// The lock after the fifth failure lasts one second, the next ones two and four: before there
    /// is none, and afterwards none when its time is over.
    async fn the_fifth_failure_begins_to_lock_for_1_2_and_4_seconds(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 4).await;
        server.advance(-BACK).await;
        app.sign_in("ada").await;
        server.advance(BACK).await;
        for failures in 1..=7 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
            if failures >= 5 {
                server.advance(-BACK).await;
                locked(&app.initiate("ada", PASSWORD).await);
                server.advance(BACK + lock_seconds(failures)).await;
            }
        }
        app.sign_in("ada").await;
    }

    /// Section 3.6: with ENABLED an unknown name is locked like a user's, after as many failures
    /// and with the same text.
    async fn an_unknown_name_locks_as_a_users_name_does(server: TestServer) {
        let app = client_with_users(&server).await;
        let silent = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let app = app.pool.client(silent).await;
        for username in ["ada", "nobody"] {
            fail_as(&app, username, 12).await;
            locked(&app.initiate(username, WRONG_PASSWORD).await);
            locked(&SrpClient::sign_in(&app, username, WRONG_PASSWORD).await);
            server.advance(lock_seconds(12)).await;
            incorrect(&SrpClient::sign_in(&app, username, WRONG_PASSWORD).await);
            locked(&app.initiate(username, WRONG_PASSWORD).await);
        }
        app.sign_in("bob").await;
    }

    /// After the thirteenth failure the lock lasts 2^8 seconds, for right passwords and wrong ones.
    async fn the_lock_doubles_with_each_failure(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 13).await;
        locked(&app.initiate("ada", PASSWORD).await);
        locked(&app.initiate("ada", WRONG_PASSWORD).await);
        server.advance(lock_seconds(12)).await;
        locked(&app.initiate("ada", PASSWORD).await);
        server.advance(lock_seconds(13) - lock_seconds(12)).await;
        app.sign_in("ada").await;
    }

    /// Tries during a lock are not counted and do not make it longer.
    async fn tries_during_a_lock_do_not_count(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 12).await;
        for _ in 0..4 {
            locked(&app.initiate("ada", WRONG_PASSWORD).await);
        }
        server.advance(lock_seconds(12)).await;
        app.sign_in("ada").await;
    }

    /// After a success the count starts at zero.
    async fn a_success_resets_the_count(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 9).await;
        server.advance(lock_seconds(9)).await;
        app.sign_in("ada").await;
        for _ in 0..4 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        }
        app.sign_in("ada").await;
    }

    /// After fifteen minutes without a try the count starts at zero.
    async fn fifteen_minutes_without_a_try_reset_the_count(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 9).await;
        server.advance(15 * 60).await;
        for _ in 0..4 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        }
        app.sign_in("ada").await;
    }

    /// The lock does not grow beyond a quarter of an hour.
    async fn a_lock_lasts_at_most_fifteen_minutes(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 14).await;
        server.advance(lock_seconds(14)).await;
        incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        server.advance(14 * 60).await;
        locked(&app.initiate("ada", PASSWORD).await);
        server.advance(60).await;
        app.sign_in("ada").await;
    }

    /// The other users of the pool are not locked.
    async fn a_lock_concerns_one_user(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 12).await;
        app.sign_in("bob").await;
        locked(&app.initiate("ada", PASSWORD).await);
    }

    /// SRP and plain passwords count and lock together.
    async fn srp_and_passwords_share_one_count(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 11).await;
        server.advance(lock_seconds(11)).await;
        incorrect(&SrpClient::sign_in(&app, "ada", WRONG_PASSWORD).await);
        locked(&app.initiate("ada", PASSWORD).await);
        locked(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
        server.advance(lock_seconds(12)).await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
    }

    /// Section 3.5: a wrong previous password in ChangePassword counts as a failure.
    async fn a_wrong_previous_password_counts(server: TestServer) {
        let app = client_with_users(&server).await;
        let tokens = app.sign_in("ada").await;
        let change = async |previous: &str| {
            let input = json!({ "PreviousPassword": previous, "ProposedPassword": "N3w-Horse-Now!" });
            app.with_token("ChangePassword", &tokens.access, input).await
        };
        fail(&app, 11).await;
        server.advance(lock_seconds(11)).await;
        incorrect(&change(WRONG_PASSWORD).await);
        locked(&app.initiate("ada", PASSWORD).await);
        server.advance(lock_seconds(12)).await;
        app.sign_in("ada").await;
    }

    /// Concurrent guesses get no further than guesses one after another.
    async fn concurrent_guesses_are_all_counted(server: TestServer) {
        let app = client_with_users(&server).await;
        fail(&app, 11).await;
        server.advance(lock_seconds(11)).await;
        let answers = at_once(16, |_| {
            let app = app.clone();
            async move { app.initiate("ada", WRONG_PASSWORD).await }
        })
        .await;
        let exceeded = |answer: &&Answer| {
            answer.message.as_deref() == Some("Password attempts exceeded")
        };
        assert_eq!(answers.iter().filter(exceeded).count(), 15);
        server.advance(lock_seconds(12)).await;
        app.sign_in("ada").await;
    }
}
