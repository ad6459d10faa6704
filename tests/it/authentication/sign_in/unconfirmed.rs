//! Section 3.1: users who have not confirmed their sign-up.

use serde_json::{Value, json};

use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, Refusal, incorrect, not_authorized, refused};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{call_for_user, status};
use crate::support::{AppClient, SrpClient, TestServer, both_stores};

const NOT_CONFIRMED: Refusal = ("UserNotConfirmedException", "User is not confirmed.");

fn hiding() -> Value {
    json!({ "PreventUserExistenceErrors": "ENABLED" })
}

/// Asserts that neither flow signs in by `name`, whatever the password.
async fn is_unconfirmed(app: &AppClient, name: &str) {
    for password in [PASSWORD, WRONG_PASSWORD] {
        refused(&app.initiate(name, password).await, NOT_CONFIRMED);
    }
    refused(&SrpClient::new().initiate(app, name).await, NOT_CONFIRMED);
}

both_stores! {
    /// Any password gets the same answer, by SRP at the first step already.
    async fn an_unconfirmed_user_is_told_so_whatever_the_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({})).await.ok();
        let not_confirmed = ("UserNotConfirmedException", "User is not confirmed.");
        for password in [PASSWORD, WRONG_PASSWORD] {
            let answer = app.initiate("ada", password).await;
            answer.fails(not_confirmed.0, not_confirmed.1);
        }
        // By SRP it is the answer to A already: no challenge is set.
        let answer = SrpClient::new().initiate(&app, "ada").await;
        answer.fails(not_confirmed.0, not_confirmed.1);
        call_for_user(&pool, "AdminConfirmSignUp", "ada").await.ok();
        app.sign_in("ada").await;
    }

    /// A client that hides users hides the state until the password is right (docs/adr/0021).
    async fn a_hidden_unconfirmed_user_is_told_so_for_the_right_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        app.sign_up("ada", json!({})).await.ok();
        incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", WRONG_PASSWORD).await);
        let text = "User is not confirmed.";
        app.initiate("ada", PASSWORD).await.fails("UserNotConfirmedException", text);
        let by_srp = SrpClient::sign_in(&app, "ada", PASSWORD).await;
        by_srp.fails("UserNotConfirmedException", text);
    }

    /// Where the address is the username, by the address and by the sub.
    async fn an_unconfirmed_user_of_a_pool_of_addresses_is_told_so_by_either_name(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let created = app.sign_up("ada@example.com", json!({})).await.ok();
        let sub = created["UserSub"].as_str().unwrap();
        for name in ["ada@example.com", sub] {
            is_unconfirmed(&app, name).await;
        }
        assert_eq!(status(&pool, sub).await, "UNCONFIRMED");
    }

    /// The password is not checked, so nothing counts towards a lock: right after the confirmation the
    /// user signs in.
    async fn tries_before_the_confirmation_do_not_lock(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({})).await.ok();
        for _ in 0..10 {
            refused(&app.initiate("ada", WRONG_PASSWORD).await, NOT_CONFIRMED);
        }
        call_for_user(&pool, "AdminConfirmSignUp", "ada").await.ok();
        app.sign_in("ada").await;
    }

    /// A client that hides users checks the password first, so wrong ones lock.
    async fn hidden_tries_before_the_confirmation_lock(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(hiding()).await;
        app.sign_up("ada", json!({})).await.ok();
        for failures in 1..=10_u32 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
            let lock = failures.checked_sub(5).map_or(0, |n| 2_i64.pow(n));
            if failures < 10 {
                server.advance(lock).await;
            }
        }
        not_authorized(&app.initiate("ada", PASSWORD).await, "Password attempts exceeded");
        server.advance(32).await;
        refused(&app.initiate("ada", PASSWORD).await, NOT_CONFIRMED);
    }

    /// An administrator's disable hides the state: the password comes first.
    async fn a_disabled_unconfirmed_user_is_refused_as_disabled(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for settings in [json!({}), hiding()] {
            let app = pool.client(settings).await;
            let name = format!("ada-{}", app.id);
            app.sign_up(&name, json!({})).await.ok();
            call_for_user(&pool, "AdminDisableUser", &name).await.ok();
            incorrect(&app.initiate(&name, WRONG_PASSWORD).await);
            not_authorized(&app.initiate(&name, PASSWORD).await, "User is disabled.");
            let by_srp = SrpClient::sign_in(&app, &name, PASSWORD).await;
            not_authorized(&by_srp, "User is disabled.");
        }
    }

    /// Section 3.2: an unverified address is no alias, also of an unconfirmed user.
    async fn the_unverified_address_of_an_unconfirmed_user_is_unknown(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let hiding = pool.client(hiding()).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        for password in [PASSWORD, WRONG_PASSWORD] {
            refused(&app.initiate("ada@example.com", password).await, NO_SUCH_USER);
            incorrect(&hiding.initiate("ada@example.com", password).await);
        }
        is_unconfirmed(&app, "ada").await;
    }
}
