//! Sections 3.3, 4.3 and 9: AdminConfirmSignUp, AdminDisableUser, AdminEnableUser, AdminDeleteUser.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::users::{assert_unknown, call_for_user, confirmed_user, invited_user, status};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// AdminConfirmSignUp confirms the user, and no address.
    async fn admin_confirm_confirms_the_user_and_no_address(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        assert_eq!(status(&pool, "ada").await, "UNCONFIRMED");
        assert_eq!(call_for_user(&pool, "AdminConfirmSignUp", "ada").await.ok(), json!({}));
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        let verified = pool.attribute("ada", "email_verified").await;
        assert_ne!(verified.as_deref(), Some("true"));
        app.sign_in("ada").await;
    }

    /// Only a user who has signed up and is not confirmed can be confirmed.
    async fn only_an_unconfirmed_user_can_be_confirmed(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        invited_user(&pool, "bob", PASSWORD, json!({})).await;
        for (username, state) in [("ada", "CONFIRMED"), ("bob", "FORCE_CHANGE_PASSWORD")] {
            let text = format!("User cannot be confirmed. Current status is {state}");
            not_authorized(&call_for_user(&pool, "AdminConfirmSignUp", username).await, &text);
            assert_eq!(status(&pool, username).await, state);
        }
    }

    /// Disabling locks the user out at once, and revoked tokens stay revoked when the user is
    /// enabled again.
    async fn a_disabled_user_is_locked_out_and_revoked_tokens_stay_revoked(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let tokens = app.signed_in("ada", json!({})).await;
        for _ in 0..2 {
            assert_eq!(call_for_user(&pool, "AdminDisableUser", "ada").await.ok(), json!({}));
            let user = pool.user("ada").await.ok();
            assert_eq!((&user["Enabled"], &user["UserStatus"]), (&json!(false), &json!("CONFIRMED")));
        }
        not_authorized(&app.initiate("ada", PASSWORD).await, "User is disabled.");
        let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
        answer.fails_as("NotAuthorizedException");
        for _ in 0..2 {
            assert_eq!(call_for_user(&pool, "AdminEnableUser", "ada").await.ok(), json!({}));
            assert_eq!(pool.user("ada").await.ok()["Enabled"], true);
        }
        let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
        not_authorized(&answer, "Access Token has been revoked");
        not_authorized(&app.refresh(&tokens.refresh).await, "Refresh Token has been revoked");
        let fresh = app.sign_in("ada").await;
        app.with_token("GetUser", &fresh.access, json!({})).await.ok();
    }

    /// A deleted user is gone, and the name is free for another user.
    async fn a_deleted_user_is_gone_and_the_name_is_free(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let first = confirmed_user(&pool, "ada", attributes.clone()).await;
        let tokens = app.sign_in("ada").await;
        call_for_user(&pool, "AdminDeleteUser", "ada").await.ok();
        for name in ["ada", "ada@example.com", &first] {
            assert_unknown(&pool, name).await;
        }
        let answer = app.initiate("ada", PASSWORD).await;
        answer.fails("UserNotFoundException", "User does not exist.");
        call_for_user(&pool, "AdminDeleteUser", "ada").await.fails_as("UserNotFoundException");
        let second = confirmed_user(&pool, "ada", attributes).await;
        assert_ne!(first, second);
        assert_eq!(pool.user("ada@example.com").await.ok()["Username"], "ada");
        let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert_eq!(app.refresh(&tokens.refresh).await.status, 400);
        app.sign_in("ada").await;
    }
}
