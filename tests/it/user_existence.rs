//! A client that hides who exists answers the same to a user and to a name that no user has
//! (behaviour 3.6), in every operation that takes a name and no password. Signing in has a file of
//! its own, `authentication/sign_in/existence.rs`.

use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{TOO_MANY_ATTEMPTS, WRONG_CODE, refused};
use crate::support::sign_up::{confirm_sign_up, resend_code, wrong_code_for};
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{Answer, AppClient, TestServer, both_stores};

/// A client that hides who exists, of a pool with these settings.
async fn hiding(server: &TestServer, settings: Value) -> AppClient {
    let pool = server.pool(settings).await;
    pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" }))
        .await
}

/// The settings of a pool in which addresses are usernames, however they are spelled.
fn addresses_as_usernames() -> Value {
    json!({
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
    })
}

/// Everything by which a caller could tell two answers apart.
fn observable(answer: Answer) -> (u16, Option<String>, Option<String>, Value) {
    (answer.status, answer.type_, answer.message, answer.body)
}

/// A code on its way to an address of `example.com` whose first letter is an a.
fn on_its_way() -> Value {
    json!({ "CodeDeliveryDetails": {
        "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
    }})
}

/// The name in lower case, and with capitals.
fn spellings(name: &str) -> [String; 2] {
    [name.to_owned(), name.to_uppercase()]
}

/// All that confirming and asking for a code says to `name` within an hour, up to the limits.
async fn confirming(app: &AppClient, name: &str) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let names = spellings(name);
    let mut answers = vec![confirm_sign_up(app, name, "123456").await];
    refused(&answers[0], WRONG_CODE);
    for number in 0..5 {
        let answer = resend_code(app, &names[number % 2]).await;
        assert_eq!(answer.clone().ok(), on_its_way(), "{name}");
        answers.push(answer);
    }
    for spelling in &names {
        refused(&resend_code(app, spelling).await, TOO_MANY_ATTEMPTS);
    }
    for number in 0..14 {
        answers.push(confirm_sign_up(app, &names[number % 2], "123456").await);
    }
    refused(&answers[6], WRONG_CODE);
    for spelling in &names {
        refused(
            &confirm_sign_up(app, spelling, "123456").await,
            TOO_MANY_ATTEMPTS,
        );
    }
    answers.into_iter().map(observable).collect()
}

/// All that recovering a password says to `name` within an hour, up to the limits of twenty each.
async fn recovering(app: &AppClient, name: &str) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let names = spellings(name);
    let mut answers = vec![confirm_forgot_password(app, name, "123456", NEW_PASSWORD).await];
    refused(&answers[0], WRONG_CODE);
    for number in 0..20 {
        let answer = forgot_password(app, &names[number % 2]).await;
        assert_eq!(answer.clone().ok(), on_its_way(), "{name}");
        answers.push(answer);
    }
    // Where there is a code, it is not to be met by chance.
    let messages = app.pool.inbox(name).messages().await;
    let code = messages.first().and_then(|message| message.code.clone());
    let wrong = wrong_code_for(code.as_deref().unwrap_or_default());
    for number in 0..19 {
        answers.push(confirm_forgot_password(app, &names[number % 2], wrong, NEW_PASSWORD).await);
    }
    refused(&answers[21], WRONG_CODE);
    for spelling in &names {
        refused(&forgot_password(app, spelling).await, TOO_MANY_ATTEMPTS);
        let answer = confirm_forgot_password(app, spelling, wrong, NEW_PASSWORD).await;
        refused(&answer, TOO_MANY_ATTEMPTS);
    }
    answers.into_iter().map(observable).collect()
}

both_stores! {
    /// A confirmed user and an unknown name get the same answers from ConfirmSignUp and
    /// ResendConfirmationCode.
    async fn confirming_does_not_reveal_a_user(server: TestServer) {
        let app = hiding(&server, addresses_as_usernames()).await;
        confirmed_user(&app.pool, "ada@example.com", json!({ "email_verified": "true" })).await;
        let adas = confirming(&app, "ada@example.com").await;
        let nobodys = confirming(&app, "abe@example.com").await;
        assert_eq!(adas, nobodys);
        server.inbox("ada@example.com").stays_empty().await;
        server.inbox("abe@example.com").stays_empty().await;
    }

    /// The simulated destination for a plain name is the same for each of its spellings.
    async fn a_simulated_destination_ignores_case_where_the_pool_does(server: TestServer) {
        let pool = server
            .pool(json!({
                "AutoVerifiedAttributes": ["email"],
                "UsernameConfiguration": { "CaseSensitive": false },
            }))
            .await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        confirmed_user(&pool, "ada", json!({ "email": "ada@example.com" })).await;
        for name in ["ada", "nobody"] {
            let mut answers = Vec::new();
            for spelling in spellings(name) {
                answers.push(resend_code(&app, &spelling).await.ok());
                answers.push(forgot_password(&app, &spelling).await.ok());
            }
            let first = &answers[0];
            assert_eq!(first["CodeDeliveryDetails"]["AttributeName"], "email", "{name}");
            assert!(answers.iter().all(|answer| answer == first), "{name}: {answers:?}");
        }
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A user who can recover a password, one without a verified contact, one who is disabled, and
    /// an unknown name: without the code there is no difference.
    async fn recovering_does_not_reveal_a_user(server: TestServer) {
        let app = hiding(&server, addresses_as_usernames()).await;
        confirmed_user(&app.pool, "ada@example.com", json!({ "email_verified": "true" })).await;
        confirmed_user(&app.pool, "amy@example.com", json!({ "email_verified": "false" })).await;
        confirmed_user(&app.pool, "ann@example.com", json!({ "email_verified": "true" })).await;
        call_for_user(&app.pool, "AdminDisableUser", "ann@example.com").await.ok();
        let adas = recovering(&app, "ada@example.com").await;
        for name in ["amy@example.com", "ann@example.com", "abe@example.com"] {
            assert_eq!(recovering(&app, name).await, adas, "{name}");
            server.inbox(name).stays_empty().await;
        }
        app.initiate("amy@example.com", PASSWORD).await.ok();
    }

    /// Where the pool writes to phones only, the simulated delivery goes to a phone too.
    async fn a_simulated_destination_has_the_pools_medium(server: TestServer) {
        let app = hiding(&server, json!({
            "AutoVerifiedAttributes": ["phone_number"],
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [{ "Name": "verified_phone_number", "Priority": 1 }],
            },
        })).await;
        app.sign_up("ada", json!({ "phone_number": "+15555550199" })).await.ok();
        let adas = resend_code(&app, "ada").await.ok()["CodeDeliveryDetails"].clone();
        assert_eq!(adas, json!({
            "Destination": "+***********", "DeliveryMedium": "SMS", "AttributeName": "phone_number",
        }));
        for nobodys in [resend_code(&app, "nobody").await.ok(), forgot_password(&app, "nobody").await.ok()] {
            assert_eq!(nobodys["CodeDeliveryDetails"], adas);
        }
        // The message goes to the phone all the same.
        server.inbox("+15555550199").code().await;
    }

    /// A user who signed up without an address has no code, and gets the answers of an unknown
    /// name.
    async fn an_unconfirmed_user_without_a_code_is_answered_as_an_unknown_one(server: TestServer) {
        let app = hiding(&server, json!({ "AutoVerifiedAttributes": ["email"] })).await;
        app.sign_up("ada", json!({})).await.ok();
        for name in ["ada", "nobody"] {
            let delivery = resend_code(&app, name).await.ok();
            assert_eq!(delivery["CodeDeliveryDetails"]["AttributeName"], "email", "{name}");
            refused(&confirm_sign_up(&app, name, "123456").await, WRONG_CODE);
        }
        assert_eq!(app.pool.user("ada").await.ok()["UserStatus"], "UNCONFIRMED");
    }
}
