//! Sections 3.5 and 3.7: ConfirmForgotPassword.

use serde_json::json;

use super::{NEW, confirm, forgot};
use crate::admin_users::{about, is_unknown, member, status};
use crate::sign_in::{incorrect, tokens_of};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::{Answer, AppClient, SrpClient, TestServer, at_once, both_stores, tally};

/// A pool with one member whose address is verified.
async fn with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
    member(&pool, "ada", attributes).await;
    pool.client(json!({})).await
}

/// Asks for a code and reads it.
async fn code(app: &AppClient) -> String {
    forgot(app, "ada").await.ok();
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
    async fn the_right_code(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        assert_eq!(confirm(&app, "ada", &code, NEW).await.ok(), json!({}));
        app.initiate("ada", NEW).await.ok();
        SrpClient::sign_in(&app, "ada", NEW).await.ok();
        incorrect(&app.initiate("ada", PASSWORD).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        let verified = app.pool.attribute("ada", "email_verified").await;
        assert_eq!(verified.as_deref(), Some("true"));
    }

    /// A wrong one does not, and leaves the right one good.
    async fn a_wrong_code(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        mismatch(&confirm(&app, "ada", other_than(&code), NEW).await);
        app.sign_in("ada").await;
        confirm(&app, "ada", &code, NEW).await.ok();
        app.initiate("ada", NEW).await.ok();
    }

    /// It was never asked for.
    async fn no_code(server: TestServer) {
        let app = with_ada(&server).await;
        expired(&confirm(&app, "ada", "123456", NEW).await);
        app.sign_in("ada").await;
    }

    /// It works once.
    async fn a_code_works_once(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        confirm(&app, "ada", &code, NEW).await.ok();
        expired(&confirm(&app, "ada", &code, "An0ther-Horse!").await);
        app.initiate("ada", NEW).await.ok();
    }

    /// It works for an hour.
    async fn a_code_lives_an_hour(server: TestServer) {
        let app = with_ada(&server).await;
        let early = code(&app).await;
        server.advance(3600 - 70).await;
        confirm(&app, "ada", &early, NEW).await.ok();
        let late = code(&app).await;
        server.advance(3600 + 1).await;
        expired(&confirm(&app, "ada", &late, PASSWORD).await);
        app.initiate("ada", NEW).await.ok();
    }

    /// A second one takes the place of the first.
    async fn a_second_code(server: TestServer) {
        let app = with_ada(&server).await;
        let first = code(&app).await;
        let second = code(&app).await;
        if first != second {
            mismatch(&confirm(&app, "ada", &first, NEW).await);
        }
        confirm(&app, "ada", &second, NEW).await.ok();
        app.initiate("ada", NEW).await.ok();
    }

    /// It is the user's own.
    async fn the_code_of_another_user(server: TestServer) {
        let app = with_ada(&server).await;
        member(&app.pool, "bob", json!({})).await;
        let code = code(&app).await;
        expired(&confirm(&app, "bob", &code, NEW).await);
        app.sign_in("bob").await;
        confirm(&app, "ada", &code, NEW).await.ok();
    }

    /// Many redeem it at once, each with a password of his own: one succeeds.
    async fn many_at_once(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        let answers = at_once(12, |number| {
            let (app, code) = (app.clone(), code.clone());
            async move { confirm(&app, "ada", &code, &format!("N3w-Horse-{number}!")).await }
        })
        .await;
        assert_eq!(tally(&answers).0, 1, "{:?}", tally(&answers));
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        app.initiate("ada", &format!("N3w-Horse-{winner}!")).await.ok();
    }

    /// Section 3.6: LEGACY tells of an unknown user, ENABLED only of a code.
    async fn an_unknown_user(server: TestServer) {
        let app = with_ada(&server).await;
        let answer = confirm(&app, "nobody", "123456", NEW).await;
        answer.fails("UserNotFoundException", "Username/client id combination not found.");
        let settings = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let silent = app.pool.client(settings).await;
        let answer = confirm(&silent, "nobody", "123456", NEW).await;
        match answer.type_.as_deref() {
            Some("CodeMismatchException") => mismatch(&answer),
            _ => expired(&answer),
        }
        is_unknown(&app.pool, "nobody").await;
    }

    /// Whoever has the code has the address: it is verified, also when it was unverified meanwhile.
    async fn the_code_verifies_the_address(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        let unverified = attribute_list(&json!({ "email_verified": "false" }));
        let input = json!({ "Username": "ada", "UserAttributes": unverified });
        app.pool.admin("AdminUpdateUserAttributes", input).await.ok();
        confirm(&app, "ada", &code, NEW).await.ok();
        let verified = app.pool.attribute("ada", "email_verified").await;
        assert_eq!(verified.as_deref(), Some("true"));
        tokens_of(app.initiate("ada", NEW).await);
    }

    /// A disabled user's code is worth nothing.
    async fn a_disabled_user(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        about(&app.pool, "AdminDisableUser", "ada").await.ok();
        let answer = confirm(&app, "ada", &code, NEW).await;
        answer.fails("NotAuthorizedException", "User is disabled.");
        about(&app.pool, "AdminEnableUser", "ada").await.ok();
        incorrect(&app.initiate("ada", NEW).await);
        app.sign_in("ada").await;
    }

    /// In a pool of addresses the address is the name.
    async fn by_address(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        member(&pool, "ada@example.com", attributes).await;
        forgot(&app, "ada@example.com").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        confirm(&app, "ada@example.com", &code, NEW).await.ok();
        app.initiate("ada@example.com", NEW).await.ok();
    }

    /// A user who has never confirmed the sign-up, but whose address is verified, is confirmed by it.
    async fn an_unconfirmed_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let verified = attribute_list(&json!({ "email_verified": "true" }));
        let input = json!({ "Username": "ada", "UserAttributes": verified });
        pool.admin("AdminUpdateUserAttributes", input).await.ok();
        let code = code(&app).await;
        assert_eq!(status(&pool, "ada").await, "UNCONFIRMED");
        confirm(&app, "ada", &code, NEW).await.ok();
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        tokens_of(app.initiate("ada", NEW).await);
    }

    /// Section 3.1: a password against the policy is refused and changes nothing.
    async fn a_password_against_the_policy(server: TestServer) {
        let app = with_ada(&server).await;
        let code = code(&app).await;
        let answer = confirm(&app, "ada", &code, "lowercase-1").await;
        let text = "Password did not conform with policy: Password must have uppercase characters";
        answer.fails("InvalidPasswordException", text);
        incorrect(&app.initiate("ada", "lowercase-1").await);
        app.sign_in("ada").await;
    }

    /// Section 1.4: an empty code breaks two constraints.
    async fn an_empty_code(server: TestServer) {
        let app = with_ada(&server).await;
        let answer = confirm(&app, "ada", "", NEW).await;
        answer.fails_as("InvalidParameterException");
        let text = answer.message.as_deref().unwrap_or_default();
        assert!(text.starts_with("2 validation errors detected: "), "{answer}");
        for constraint in [
            r"Value '' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+",
            "Value '' at 'confirmationCode' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ] {
            assert!(text.contains(constraint), "{answer}");
        }
    }
}
