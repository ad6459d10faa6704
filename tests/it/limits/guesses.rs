//! Guessing codes: by many accounts with one address, by many sources, by making the account anew.

use serde_json::json;

use super::as_in_production;
use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{EXPIRED_CODE, TOO_MANY_ATTEMPTS, WRONG_CODE, refused};
use crate::support::sign_up::{confirm_sign_up, email_pool, resend_code, wrong_code_for};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, TestStore, at_once, both_stores};

const VICTIM: &str = "victim@example.com";

async fn production(store: &TestStore) -> TestServer {
    TestServer::start(store, as_in_production).await
}

/// A pool whose users sign in with verified addresses, and a user who has verified one.
async fn alias_pool_with_victim(server: &TestServer) -> AppClient {
    let pool = server
        .pool(email_pool(json!({ "AliasAttributes": ["email"] })))
        .await;
    let verified = json!({ "email": VICTIM, "email_verified": "true" });
    confirmed_user(&pool, "victim", verified).await;
    pool.client(json!({})).await
}

/// ConfirmSignUp with ForceAliasCreation.
async fn take_over(app: &AppClient, username: &str, code: &str) -> Answer {
    let input = json!({
        "Username": username,
        "ConfirmationCode": code,
        "ForceAliasCreation": true,
    });
    app.call("ConfirmSignUp", input).await
}

/// How many of the answers to guesses said that the code was compared.
fn compared(answers: &[Answer]) -> usize {
    let wrong = |answer: &&Answer| answer.type_.as_deref() == Some(WRONG_CODE.0);
    answers.iter().filter(wrong).count()
}

both_stores! {
    /// A code is worth nothing after five wrong tries, also where they come at once; a new one is.
    async fn a_code_dies_after_five_wrong_tries(store: TestStore) {
        let server = production(&store).await;
        let app = server.pool(email_pool(json!({}))).await.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let inbox = server.inbox("ada@example.com");
        let code = inbox.code().await;
        for _ in 0..5 {
            refused(&confirm_sign_up(&app, "ada", wrong_code_for(&code)).await, WRONG_CODE);
        }
        refused(&confirm_sign_up(&app, "ada", wrong_code_for(&code)).await, EXPIRED_CODE);
        refused(&confirm_sign_up(&app, "ada", &code).await, EXPIRED_CODE);

        resend_code(&app, "ada").await.ok();
        let code = inbox.code().await;
        let wrong = wrong_code_for(&code);
        let answers = at_once(8, |_| {
            let app = app.clone();
            async move { confirm_sign_up(&app, "ada", wrong).await }
        })
        .await;
        assert_eq!(compared(&answers), 5);
        refused(&confirm_sign_up(&app, "ada", &code).await, TOO_MANY_ATTEMPTS);
        server.stop().await;
    }

    /// A right code that brings a password the pool refuses stays right.
    async fn a_right_code_is_not_used_up_by_refused_passwords(store: TestStore) {
        let server = production(&store).await;
        let policy = json!({ "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 3 } });
        let pool = server.pool(json!({ "Policies": policy })).await;
        let app = pool.client(json!({})).await;
        let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", verified).await;
        forgot_password(&app, "ada").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        for _ in 0..7 {
            confirm_forgot_password(&app, "ada", &code, PASSWORD)
                .await
                .fails_as("PasswordHistoryPolicyViolationException");
        }
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        server.stop().await;
    }

    /// However many accounts have somebody's address, together they guess no more often than one
    /// address permits, and try to take it over a few times a day.
    async fn many_accounts_guess_no_more_than_one(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.source.messages_per_hour = 1_000;
            config.limits.address.guesses_per_hour = 30;
        })
        .await;
        let app = alias_pool_with_victim(&server).await;
        let mut sent = Vec::new();
        for number in 0..24 {
            let name = format!("thief{number}");
            let answer = app.sign_up(&name, json!({ "email": VICTIM })).await;
            if number < 20 {
                answer.ok();
                sent.push(name);
            } else {
                refused(&answer, TOO_MANY_ATTEMPTS);
            }
        }
        let mut answers = Vec::new();
        for name in &sent {
            for _ in 0..5 {
                answers.push(confirm_sign_up(&app, name, "000000").await);
            }
        }
        assert_eq!(compared(&answers), 30);
        for answer in &answers[30..] {
            refused(answer, TOO_MANY_ATTEMPTS);
        }

        server.advance(3_601).await;
        let mut answers = Vec::new();
        for name in &sent[..10] {
            // From a source that has guessed nothing yet.
            let elsewhere = app.at_source("127.0.0.9");
            resend_code(&elsewhere, name).await.ok();
            answers.push(take_over(&elsewhere, name, "000000").await);
        }
        assert_eq!(compared(&answers), 5);
        for answer in &answers[5..] {
            refused(answer, TOO_MANY_ATTEMPTS);
        }
        // Nothing has moved.
        assert_eq!(app.pool.attribute("victim", "email_verified").await.as_deref(), Some("true"));
        app.sign_in(VICTIM).await;
        server.stop().await;
    }

    /// Deleting a user and making it anew gives no new tries.
    async fn a_user_made_anew_has_no_new_tries(server: TestServer) {
        let app = server.pool(email_pool(json!({}))).await.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let inbox = server.inbox("ada@example.com");
        let code = inbox.code().await;
        for _ in 0..15 {
            refused(&confirm_sign_up(&app, "ada", wrong_code_for(&code)).await, WRONG_CODE);
        }
        app.pool.admin("AdminDeleteUser", json!({ "Username": "ada" })).await.ok();
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let code = inbox.code().await;
        refused(&confirm_sign_up(&app, "ada", &code).await, TOO_MANY_ATTEMPTS);
        server.advance(3_601).await;
        confirm_sign_up(&app, "ada", &code).await.ok();
    }

    /// Tries count for an hour each, so no edge of an hour admits more than an hour's.
    async fn the_hour_slides(server: TestServer) {
        let app = server.pool(email_pool(json!({}))).await.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        for _ in 0..2 {
            resend_code(&app, "ada").await.ok();
        }
        server.advance(50 * 60).await;
        for _ in 0..3 {
            resend_code(&app, "ada").await.ok();
        }
        refused(&resend_code(&app, "ada").await, TOO_MANY_ATTEMPTS);
        server.advance(11 * 60).await;
        for _ in 0..2 {
            resend_code(&app, "ada").await.ok();
        }
        refused(&resend_code(&app, "ada").await, TOO_MANY_ATTEMPTS);
        server.advance(50 * 60).await;
        for _ in 0..3 {
            resend_code(&app, "ada").await.ok();
        }
        refused(&resend_code(&app, "ada").await, TOO_MANY_ATTEMPTS);
    }

    /// A stranger who guesses until the limit is reached locks out the stranger, not the user.
    async fn a_stranger_does_not_lock_recovery(store: TestStore) {
        let server = production(&store).await;
        let pool = server.pool(json!({})).await;
        let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", verified).await;
        for settings in [json!({}), json!({ "PreventUserExistenceErrors": "ENABLED" })] {
            let app = pool.client(settings).await;
            let stranger = app.at_source("127.0.0.66");
            for _ in 0..5 {
                forgot_password(&stranger, "ada").await.ok();
                for _ in 0..4 {
                    confirm_forgot_password(&stranger, "ada", "000000", NEW_PASSWORD)
                        .await
                        .fails_as("CodeMismatchException");
                }
            }
            refused(
                &confirm_forgot_password(&stranger, "ada", "000000", NEW_PASSWORD).await,
                TOO_MANY_ATTEMPTS,
            );
            forgot_password(&app, "ada").await.ok();
            let code = server.inbox("ada@example.com").code().await;
            confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
            server.advance(3_601).await;
        }
        server.stop().await;
    }

    /// Guesses from many sources have a limit too, for a user and for a name that nobody has.
    async fn many_sources_guess_no_more_than_the_margin(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.confirm_forgot_password_per_hour = 3;
            config.limits.user_margin = 2;
        })
        .await;
        let pool = server.pool(json!({})).await;
        let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", verified).await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        for name in ["ada", "nobody"] {
            forgot_password(&app, name).await.ok();
            let mut answers: Vec<(Option<String>, Option<String>)> = Vec::new();
            for source in 2..=5 {
                let app = app.at_source(&format!("127.0.0.{source}"));
                for _ in 0..2 {
                    let answer = confirm_forgot_password(&app, name, "000000", NEW_PASSWORD).await;
                    answers.push((answer.type_, answer.message));
                }
            }
            let types: Vec<&str> =
                answers.iter().map(|(type_, _)| type_.as_deref().unwrap()).collect();
            let expected = [
                vec!["CodeMismatchException"; 5],
                vec!["ExpiredCodeException"; 1],
                vec!["LimitExceededException"; 2],
            ]
            .concat();
            assert_eq!(types, expected, "{name}");
        }
        server.stop().await;
    }

    /// A day of many sources against one user (ADR 26), who try as soon as they may: however the tries are spread
    /// over time and sources, an hour has no more than the user's address permits, and the day 24 times that.
    async fn a_day_of_many_sources_guesses_one_users_code_1440_times(store: TestStore) {
        const STEP: i64 = 20 * 60;
        const STEPS_IN_AN_HOUR: usize = 3;
        const STEPS_IN_A_DAY: usize = 24 * STEPS_IN_AN_HOUR;
        let server = production(&store).await;
        let pool = server.pool(json!({})).await;
        let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", verified).await;
        let app = pool.client(json!({})).await;
        // More of them would be refused by the user's limit alone: 20 for each, 100 for all.
        let sources: Vec<AppClient> =
            (2..10).map(|n| app.at_source(&format!("127.0.0.{n}"))).collect();
        let mut compared_in_step = Vec::new();
        for step in 0..STEPS_IN_A_DAY {
            let mut compared = 0;
            'step: loop {
                // A new code for every five tries, until nobody gets another one.
                let asked = forgot_password(&sources[step % sources.len()], "ada").await;
                for _ in 0..5 {
                    let source = &sources[compared % sources.len()];
                    let answer =
                        confirm_forgot_password(source, "ada", "000000", NEW_PASSWORD).await;
                    match answer.type_.as_deref() {
                        Some("CodeMismatchException") => compared += 1,
                        Some("ExpiredCodeException") => break,
                        _ => {
                            refused(&answer, TOO_MANY_ATTEMPTS);
                            break 'step;
                        }
                    }
                }
                if asked.status != 200 {
                    refused(&asked, TOO_MANY_ATTEMPTS);
                    break;
                }
            }
            compared_in_step.push(compared);
            server.advance(STEP).await;
        }
        for hour in compared_in_step.windows(STEPS_IN_AN_HOUR) {
            assert!(hour.iter().sum::<usize>() <= 60, "{compared_in_step:?}");
        }
        // With a chance of 1 to 1,000,000 each, that is 0.14 % a day.
        let in_a_day: usize = compared_in_step.iter().sum();
        assert!((1_000..=24 * 60).contains(&in_a_day), "{in_a_day}: {compared_in_step:?}");
        server.stop().await;
    }
}
