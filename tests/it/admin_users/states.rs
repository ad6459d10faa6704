//! Sections 3.3, 4.3 and 9: AdminConfirmSignUp, AdminDisableUser, AdminEnableUser, AdminDeleteUser.

use serde_json::json;

use super::{about, invited, is_unknown, member, status};
use crate::sign_in::not_authorized;
use crate::support::pools::PASSWORD;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// AdminConfirmSignUp confirms the user, and no address.
    async fn a_sign_up_is_confirmed(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        assert_eq!(status(&pool, "ada").await, "UNCONFIRMED");
        assert_eq!(about(&pool, "AdminConfirmSignUp", "ada").await.ok(), json!({}));
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        let verified = pool.attribute("ada", "email_verified").await;
        assert_ne!(verified.as_deref(), Some("true"));
        app.sign_in("ada").await;
    }

    /// Only who has signed up and is not confirmed can be.
    async fn nothing_to_confirm(server: TestServer) {
        let pool = server.pool(json!({})).await;
        member(&pool, "ada", json!({})).await;
        invited(&pool, "bob", PASSWORD, json!({})).await;
        for (username, state) in [("ada", "CONFIRMED"), ("bob", "FORCE_CHANGE_PASSWORD")] {
            let text = format!("User cannot be confirmed. Current status is {state}");
            not_authorized(&about(&pool, "AdminConfirmSignUp", username).await, &text);
            assert_eq!(status(&pool, username).await, state);
        }
    }

    /// Disabling locks out at once, and what was revoked stays so when the user is enabled again.
    async fn a_user_is_disabled_and_enabled(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let tokens = app.signed_in("ada", json!({})).await;
        for _ in 0..2 {
            assert_eq!(about(&pool, "AdminDisableUser", "ada").await.ok(), json!({}));
            let user = pool.user("ada").await.ok();
            assert_eq!((&user["Enabled"], &user["UserStatus"]), (&json!(false), &json!("CONFIRMED")));
        }
        not_authorized(&app.initiate("ada", PASSWORD).await, "User is disabled.");
        let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
        answer.fails_as("NotAuthorizedException");
        for _ in 0..2 {
            assert_eq!(about(&pool, "AdminEnableUser", "ada").await.ok(), json!({}));
            assert_eq!(pool.user("ada").await.ok()["Enabled"], true);
        }
        let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
        not_authorized(&answer, "Access Token has been revoked");
        not_authorized(&app.refresh(&tokens.refresh).await, "Refresh Token has been revoked");
        let fresh = app.sign_in("ada").await;
        app.with_token("GetUser", &fresh.access, json!({})).await.ok();
    }

    /// Who is deleted is gone, and the name is free for somebody else.
    async fn a_user_is_deleted(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let first = member(&pool, "ada", attributes.clone()).await;
        let tokens = app.sign_in("ada").await;
        about(&pool, "AdminDeleteUser", "ada").await.ok();
        for name in ["ada", "ada@example.com", &first] {
            is_unknown(&pool, name).await;
        }
        let answer = app.initiate("ada", PASSWORD).await;
        answer.fails("UserNotFoundException", "User does not exist.");
        about(&pool, "AdminDeleteUser", "ada").await.fails_as("UserNotFoundException");
        let second = member(&pool, "ada", attributes).await;
        assert_ne!(first, second);
        assert_eq!(pool.user("ada@example.com").await.ok()["Username"], "ada");
        let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert_eq!(app.refresh(&tokens.refresh).await.status, 400);
        app.sign_in("ada").await;
    }
}
