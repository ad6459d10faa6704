//! What a review found about names: whose name is whose, who learns that there is one, and how it is
//! spelled.

use serde_json::{Value, json};

use crate::admin_users::{about, member};
use crate::confirm::{
    EXPIRED_CODE, TOO_MANY_ATTEMPTS, WRONG_CODE, confirm as confirm_sign_up, other_than, refused,
    resend,
};
use crate::passwords::{NEW, confirm, forgot};
use crate::profile::{Person, attributes_of};
use crate::sign_up::USERNAME_TAKEN;
use crate::support::pools::{PASSWORD, attribute};
use crate::support::{Answer, AppClient, Pool, TestServer, both_stores};

const PREFERRED_TAKEN: (&str, &str) = (
    "AliasExistsException",
    "An account with the given preferred_username already exists.",
);

/// A client of a pool in which users also sign in by their preferred username.
async fn preferring(server: &TestServer) -> AppClient {
    let pool = server
        .pool(json!({ "AliasAttributes": ["preferred_username"] }))
        .await;
    pool.client(json!({})).await
}

/// A pool in which addresses are usernames, however they are spelled, and a client that tells
/// nobody who exists.
async fn silent(server: &TestServer) -> AppClient {
    let pool = server
        .pool(json!({
            "UsernameAttributes": ["email"],
            "AutoVerifiedAttributes": ["email"],
            "UsernameConfiguration": { "CaseSensitive": false },
        }))
        .await;
    pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" }))
        .await
}

/// What the caller can tell two answers apart by.
fn told(answer: Answer) -> (u16, Option<String>, Option<String>, Value) {
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
    refused(&answers[0], EXPIRED_CODE);
    for number in 0..5 {
        let answer = resend(app, &names[number % 2]).await;
        assert_eq!(answer.clone().ok(), on_its_way(), "{name}");
        answers.push(answer);
    }
    for spelling in &names {
        refused(&resend(app, spelling).await, TOO_MANY_ATTEMPTS);
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
    answers.into_iter().map(told).collect()
}

/// All that recovering a password says to `name` within an hour, up to the limit of twenty.
async fn recovering(app: &AppClient, name: &str) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let names = spellings(name);
    let mut answers = vec![confirm(app, name, "123456", NEW).await];
    refused(&answers[0], EXPIRED_CODE);
    for spelling in &names {
        let answer = forgot(app, spelling).await;
        assert_eq!(answer.clone().ok(), on_its_way(), "{name}");
        answers.push(answer);
    }
    // Where there is a code, it is not to be met by chance.
    let messages = app.pool.inbox(name).messages().await;
    let code = messages.first().and_then(|message| message.code.clone());
    let wrong = other_than(code.as_deref().unwrap_or_default());
    for number in 0..17 {
        answers.push(confirm(app, &names[number % 2], wrong, NEW).await);
    }
    refused(&answers[3], WRONG_CODE);
    for spelling in &names {
        refused(&forgot(app, spelling).await, TOO_MANY_ATTEMPTS);
        let answer = confirm(app, spelling, wrong, NEW).await;
        refused(&answer, TOO_MANY_ATTEMPTS);
    }
    answers.into_iter().map(told).collect()
}

/// Who AdminGetUser finds by that name.
async fn found(pool: &Pool, name: &str) -> Value {
    pool.user(name).await.ok()["Username"].clone()
}

both_stores! {
    /// Nobody takes another's `sub` or username as an alias, and each still means its user.
    async fn a_sub_or_a_username_as_alias(server: TestServer) {
        let app = preferring(&server).await;
        let ada = Person::join(&app, "ada", json!({})).await;
        let eve = Person::join(&app, "eve", json!({})).await;
        for name in [ada.sub.as_str(), "ada"] {
            let wanted = json!({ "preferred_username": name });
            refused(&eve.update(wanted.clone()).await, PREFERRED_TAKEN);
            refused(&eve.update_by_admin(wanted).await, PREFERRED_TAKEN);
            assert_eq!(found(&app.pool, name).await, "ada");
        }
        assert_eq!(eve.own().await, json!({}));
        assert_eq!(attributes_of(&app.pool.user(&ada.sub).await.ok()), json!({}));
        assert_eq!(app.sign_in("ada").await.access_claims()["sub"], json!(ada.sub));
    }

    /// Nobody takes another's alias as a username.
    async fn an_alias_as_username(server: TestServer) {
        let app = preferring(&server).await;
        let ada = Person::join(&app, "ada", json!({})).await;
        ada.update(json!({ "preferred_username": "countess" })).await.ok();
        refused(&app.sign_up("countess", json!({})).await, USERNAME_TAKEN);
        assert_eq!(app.sign_in("countess").await.access_claims()["sub"], json!(ada.sub));
        assert_eq!(found(&app.pool, "countess").await, "ada");
        // Given up, it is free.
        ada.update(json!({ "preferred_username": "" })).await.ok();
        app.sign_up("countess", json!({})).await.ok();
        assert_eq!(found(&app.pool, "countess").await, "countess");
    }

    /// A confirmed user and nobody cannot be told apart by a sign-up's codes.
    async fn confirming_does_not_tell(server: TestServer) {
        let app = silent(&server).await;
        member(&app.pool, "ada@example.com", json!({ "email_verified": "true" })).await;
        let adas = confirming(&app, "ada@example.com").await;
        let nobodys = confirming(&app, "abe@example.com").await;
        assert_eq!(adas, nobodys);
        server.inbox("ada@example.com").stays_empty().await;
        server.inbox("abe@example.com").stays_empty().await;
    }

    /// Nor by the destination that is made up for a plain name, which both spellings share.
    async fn a_made_up_destination_has_one_spelling(server: TestServer) {
        let pool = server
            .pool(json!({
                "AutoVerifiedAttributes": ["email"],
                "UsernameConfiguration": { "CaseSensitive": false },
            }))
            .await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        member(&pool, "ada", json!({ "email": "ada@example.com" })).await;
        for name in ["ada", "nobody"] {
            let mut answers = Vec::new();
            for spelling in spellings(name) {
                answers.push(resend(&app, &spelling).await.ok());
                answers.push(forgot(&app, &spelling).await.ok());
            }
            let first = &answers[0];
            assert_eq!(first["CodeDeliveryDetails"]["AttributeName"], "email", "{name}");
            assert!(answers.iter().all(|answer| answer == first), "{name}: {answers:?}");
        }
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// One who can recover a password, one without a verified contact, one who is disabled, and
    /// nobody: without the code there is no difference.
    async fn recovering_does_not_tell(server: TestServer) {
        let app = silent(&server).await;
        member(&app.pool, "ada@example.com", json!({ "email_verified": "true" })).await;
        member(&app.pool, "amy@example.com", json!({ "email_verified": "false" })).await;
        member(&app.pool, "ann@example.com", json!({ "email_verified": "true" })).await;
        about(&app.pool, "AdminDisableUser", "ann@example.com").await.ok();
        let adas = recovering(&app, "ada@example.com").await;
        for name in ["amy@example.com", "ann@example.com", "abe@example.com"] {
            assert_eq!(recovering(&app, name).await, adas, "{name}");
            server.inbox(name).stays_empty().await;
        }
        app.initiate("amy@example.com", PASSWORD).await.ok();
    }

    /// Where case does not count, it does not count in a filter either.
    async fn a_filter_in_another_spelling(server: TestServer) {
        for (settings, username) in [
            (json!({ "UsernameAttributes": ["email"] }), "ada@x.com"),
            (json!({ "AliasAttributes": ["email"] }), "ada"),
            (json!({}), "ada"),
        ] {
            let mut settings = settings;
            settings["UsernameConfiguration"] = json!({ "CaseSensitive": false });
            let pool = server.pool(settings.clone()).await;
            let address = json!({ "email": "ada@x.com", "email_verified": "true" });
            let sub = member(&pool, username, address).await;
            let input = json!({ "Filter": "email = \"ADA@X.COM\"" });
            let page = pool.admin("ListUsers", input).await.ok();
            assert_eq!(page["Users"].as_array().map(Vec::len), Some(1), "{settings}: {page}");
            let found = attribute(&page["Users"][0]["Attributes"], "sub");
            assert_eq!(found, Some(sub), "{settings}");
        }
    }
}
