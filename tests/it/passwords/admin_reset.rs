//! AdminResetUserPassword (administration 2.1, behaviour 3.5).

use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{
    NO_SUCH_USER, incorrect, invalid_parameter, not_authorized, refused,
};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{call_for_user, confirmed_user, invited_user, status};
use crate::support::{Answer, AppClient, Pool, SrpClient, TestServer, both_stores};

const ADA: &str = "ada@example.com";
const NO_CONTACT: &str = "Cannot reset password for the user as there is no registered/verified \
                          email or phone_number";
const WRONG_STATE: &str = "User password cannot be reset in the current state.";

async fn reset(pool: &Pool, username: &str) -> Answer {
    call_for_user(pool, "AdminResetUserPassword", username).await
}

/// A client with these settings, and Ada with a verified address.
async fn client_with_ada(server: &TestServer, pool: Value, client: Value) -> AppClient {
    let pool = server.pool(pool).await;
    confirmed_user(
        &pool,
        "ada",
        json!({ "email": ADA, "email_verified": "true" }),
    )
    .await;
    pool.client(client).await
}

#[track_caller]
fn must_reset(answer: &Answer) {
    let text = "Password reset required for the user";
    answer.fails("PasswordResetRequiredException", text);
}

both_stores! {
    /// Neither the old password nor a wrong one signs in, by either flow; the code brings a new one.
    async fn a_reset_lets_the_user_in_only_with_a_new_password(server: TestServer) {
        let app = client_with_ada(&server, json!({}), json!({})).await;
        let tokens = app.sign_in("ada").await;
        let version = app.pool.user("ada").await.ok()["UserLastModifiedDate"].clone();
        server.advance(1).await;
        assert_eq!(reset(&app.pool, "ada").await.ok(), json!({}));
        assert_eq!(status(&app.pool, "ada").await, "RESET_REQUIRED");
        assert_ne!(app.pool.user("ada").await.ok()["UserLastModifiedDate"], version);
        for password in [PASSWORD, WRONG_PASSWORD] {
            must_reset(&app.initiate("ada", password).await);
            must_reset(&SrpClient::sign_in(&app, "ada", password).await);
        }
        // The tokens stay.
        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
        app.refresh(&tokens.refresh).await.ok();

        let code = app.pool.inbox(ADA).code().await;
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        app.initiate("ada", NEW_PASSWORD).await.ok();
        incorrect(&app.initiate("ada", PASSWORD).await);
    }

    /// A client that hides its users answers as to a wrong password.
    async fn a_hidden_user_is_refused_as_for_a_wrong_password(server: TestServer) {
        let hidden = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let app = client_with_ada(&server, json!({}), hidden).await;
        reset(&app.pool, "ada").await.ok();
        incorrect(&app.initiate("ada", PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
    }

    /// Each reset sends another code, and only the last one counts.
    async fn a_reset_may_be_repeated(server: TestServer) {
        let app = client_with_ada(&server, json!({}), json!({})).await;
        let inbox = app.pool.inbox(ADA);
        reset(&app.pool, "ada").await.ok();
        let first = inbox.code().await;
        reset(&app.pool, "ada").await.ok();
        let second = inbox.code().await;
        assert_eq!(status(&app.pool, "ada").await, "RESET_REQUIRED");
        if first != second {
            let answer = confirm_forgot_password(&app, "ada", &first, NEW_PASSWORD).await;
            answer.fails_as("CodeMismatchException");
        }
        confirm_forgot_password(&app, "ada", &second, NEW_PASSWORD).await.ok();
    }

    /// A sign-in that has begun does not go on.
    async fn a_sign_in_that_has_begun_ends(server: TestServer) {
        let app = client_with_ada(&server, json!({}), json!({})).await;
        let srp = SrpClient::new();
        let challenge = srp.initiate(&app, "ada").await.ok();
        reset(&app.pool, "ada").await.ok();
        let response = srp.response(&app, &challenge, PASSWORD);
        let answer = app.call("RespondToAuthChallenge", response).await;
        incorrect(&answer);
        assert_eq!(status(&app.pool, "ada").await, "RESET_REQUIRED");
    }

    /// Users without a usable address, and those whose state forbids it, stay as they are and get no message.
    async fn what_cannot_be_reset_is_refused(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        refused(&reset(&pool, "nobody").await, NO_SUCH_USER);
        confirmed_user(&pool, "bare", json!({})).await;
        confirmed_user(&pool, "unverified", json!({ "email": "unverified@example.com" })).await;
        for name in ["bare", "unverified"] {
            invalid_parameter(&reset(&pool, name).await, NO_CONTACT);
            assert_eq!(status(&pool, name).await, "CONFIRMED");
        }
        let verified = |name: &str| {
            json!({ "email": format!("{name}@example.com"), "email_verified": "true" })
        };
        invited_user(&pool, "invited", PASSWORD, verified("invited")).await;
        not_authorized(&reset(&pool, "invited").await, WRONG_STATE);
        assert_eq!(status(&pool, "invited").await, "FORCE_CHANGE_PASSWORD");
        app.sign_up("new", json!({ "email": "new@example.com" })).await.ok();
        not_authorized(&reset(&pool, "new").await, WRONG_STATE);
        assert_eq!(status(&pool, "new").await, "UNCONFIRMED");
        confirmed_user(&pool, "off", verified("off")).await;
        call_for_user(&pool, "AdminDisableUser", "off").await.ok();
        not_authorized(&reset(&pool, "off").await, "User is disabled.");
        assert_eq!(status(&pool, "off").await, "CONFIRMED");
        pool.inbox("off@example.com").stays_empty().await;
    }
}
