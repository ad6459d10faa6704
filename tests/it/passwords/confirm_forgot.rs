//! Sections 3.5 and 3.7: ConfirmForgotPassword.

use serde_json::json;

use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::refusals::incorrect;
use crate::support::sign_in::tokens_of;
use crate::support::users::{assert_unknown, call_for_user, confirmed_user, status};
use crate::support::{Answer, AppClient, SrpClient, TestServer, at_once, both_stores, tally};

/// A pool with one member whose address is verified.
async fn with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
    confirmed_user(&pool, "ada", attributes).await;
    pool.client(json!({})).await
}

/// Asks for a code and reads it.
async fn code(app: &AppClient) -> String {
    forgot_password(app, "ada").await.ok();
    app.pool.inbox("ada@example.com").code().await
}

/// Another code than that one.
fn other_than(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

#[track_caller]
fn mismatch(answer: &Answer) {
    let text = "Invalid verification code provided, please try again.";
    answer.fails("CodeMismatchException", text);
}

#[track_caller]
fn expired(answer: &Answer) {
    let text = "Invalid code provided, please request a code again.";
    answer.fails("ExpiredCodeException", text);
}

both_stores! {
    /// The right code sets the new password.
    async fn the_right_code_sets_the_password(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        assert_eq!(confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok(), json!({}));
        app.initiate("ada", NEW_PASSWORD).await.ok();
        SrpClient::sign_in(&app, "ada", NEW_PASSWORD).await.ok();
        incorrect(&app.initiate("ada", PASSWORD).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        let verified = app.pool.attribute("ada", "email_verified").await;
        assert_eq!(verified.as_deref(), Some("true"));
    }

    /// A wrong code sets nothing, and the right one still works after it.
    async fn a_wrong_code_sets_nothing_and_the_right_one_still_works(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        mismatch(&confirm_forgot_password(&app, "ada", other_than(&code), NEW_PASSWORD).await);
        app.sign_in("ada").await;
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        app.initiate("ada", NEW_PASSWORD).await.ok();
    }

    /// No code was asked for.
    async fn a_code_that_was_never_sent_is_expired(server: TestServer) {
        let app = with_ada(&server).await;
        expired(&confirm_forgot_password(&app, "ada", "123456", NEW_PASSWORD).await);
        app.sign_in("ada").await;
    }

    /// A code is accepted once.
    async fn a_code_works_once(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        expired(&confirm_forgot_password(&app, "ada", &code, "An0ther-Horse!").await);
        app.initiate("ada", NEW_PASSWORD).await.ok();
    }

    /// A code is accepted for an hour.
    async fn a_code_lives_an_hour(server: TestServer) {
        let app = with_ada(&server).await;
        let early = code(&app).await;
        server.advance(3600 - 70).await;
        confirm_forgot_password(&app, "ada", &early, NEW_PASSWORD).await.ok();
        let late = code(&app).await;
        server.advance(3600 + 1).await;
        expired(&confirm_forgot_password(&app, "ada", &late, PASSWORD).await);
        app.initiate("ada", NEW_PASSWORD).await.ok();
    }

    /// A second code replaces the first.
    async fn a_second_code_replaces_the_first(server: TestServer) {
        let app = with_ada(&server).await;
        let first = code(&app).await;
        let second = code(&app).await;
        if first != second {
            mismatch(&confirm_forgot_password(&app, "ada", &first, NEW_PASSWORD).await);
        }
        confirm_forgot_password(&app, "ada", &second, NEW_PASSWORD).await.ok();
        app.initiate("ada", NEW_PASSWORD).await.ok();
    }

    /// A code is accepted for its own user only.
    async fn the_code_of_another_user_is_refused(server: TestServer) {
        let app = with_ada(&server).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let code = code(&app).await;
        expired(&confirm_forgot_password(&app, "bob", &code, NEW_PASSWORD).await);
        app.sign_in("bob").await;
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
    }

    /// Many callers redeem one code at once, each with another password: one succeeds.
    async fn one_of_many_concurrent_confirmations_succeeds(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        let answers = at_once(12, |number| {
            let (app, code) = (app.clone(), code.clone());
            let password = format!("N3w-Horse-{number}!");
            async move { confirm_forgot_password(&app, "ada", &code, &password).await }
        })
        .await;
        assert_eq!(tally(&answers).0, 1, "{:?}", tally(&answers));
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        app.initiate("ada", &format!("N3w-Horse-{winner}!")).await.ok();
    }

    /// Section 3.6: LEGACY names the unknown user, ENABLED answers as to a wrong code.
    async fn an_unknown_user_is_named_only_by_legacy_errors(server: TestServer) {
        let app = with_ada(&server).await;
        let answer = confirm_forgot_password(&app, "nobody", "123456", NEW_PASSWORD).await;
        answer.fails("UserNotFoundException", "Username/client id combination not found.");
        let settings = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let silent = app.pool.client(settings).await;
        let answer = confirm_forgot_password(&silent, "nobody", "123456", NEW_PASSWORD).await;
        match answer.type_.as_deref() {
            Some("CodeMismatchException") => mismatch(&answer),
            _ => expired(&answer),
        }
        assert_unknown(&app.pool, "nobody").await;
    }

    /// Receiving the code proves the address: it is verified, also when it was unverified
    /// meanwhile.
    async fn the_code_verifies_the_address(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        let unverified = attribute_list(&json!({ "email_verified": "false" }));
        let input = json!({ "Username": "ada", "UserAttributes": unverified });
        app.pool.admin("AdminUpdateUserAttributes", input).await.ok();
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        let verified = app.pool.attribute("ada", "email_verified").await;
        assert_eq!(verified.as_deref(), Some("true"));
        tokens_of(app.initiate("ada", NEW_PASSWORD).await);
    }

    /// A disabled user's code is worth nothing.
    async fn a_disabled_users_code_is_refused(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        let answer = confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await;
        answer.fails("NotAuthorizedException", "User is disabled.");
        call_for_user(&app.pool, "AdminEnableUser", "ada").await.ok();
        incorrect(&app.initiate("ada", NEW_PASSWORD).await);
        app.sign_in("ada").await;
    }

    /// In a pool of addresses the address is the username.
    async fn a_password_is_recovered_by_address(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada@example.com", attributes).await;
        forgot_password(&app, "ada@example.com").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        confirm_forgot_password(&app, "ada@example.com", &code, NEW_PASSWORD).await.ok();
        app.initiate("ada@example.com", NEW_PASSWORD).await.ok();
    }

    /// A user who has never confirmed the sign-up, but whose address is verified, is confirmed by
    /// it.
    async fn a_recovery_confirms_an_unconfirmed_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let verified = attribute_list(&json!({ "email_verified": "true" }));
        let input = json!({ "Username": "ada", "UserAttributes": verified });
        pool.admin("AdminUpdateUserAttributes", input).await.ok();
        let code = code(&app).await;
        assert_eq!(status(&pool, "ada").await, "UNCONFIRMED");
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        tokens_of(app.initiate("ada", NEW_PASSWORD).await);
    }

    /// Section 3.1: a password against the policy is refused and changes nothing.
    async fn a_password_against_the_policy_is_refused(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        let answer = confirm_forgot_password(&app, "ada", &code, "lowercase-1").await;
        let text = "Password did not conform with policy: Password must have uppercase characters";
        answer.fails("InvalidPasswordException", text);
        incorrect(&app.initiate("ada", "lowercase-1").await);
        app.sign_in("ada").await;
    }

    /// Section 1.4: an empty code violates two constraints.
    async fn an_empty_code_violates_two_constraints(server: TestServer) {
        let app = with_ada(&server).await;
        let answer = confirm_forgot_password(&app, "ada", "", NEW_PASSWORD).await;
        answer.fails_as("InvalidParameterException");
        let text = answer.message.as_deref().unwrap_or_default();
        assert!(text.starts_with("2 validation errors detected: "), "{answer}");
        for constraint in [
            "satisfy regular expression pattern: [\\S]+",
            "have length greater than or equal to 1",
        ] {
            let violation = format!(
                "Value '' at 'confirmationCode' failed to satisfy constraint: Member must {constraint}"
            );
            assert!(text.contains(&violation), "{answer}");
        }
    }
}
