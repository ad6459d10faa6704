//! Sections 3.5 and 9: AdminSetUserPassword. What the policy says of it is told in
//! `passwords::policy`.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::users::{confirmed_user, invited_user, set_password, status};
use crate::support::{SrpClient, TestServer, both_stores};

const NEW: &str = "N3w-Horse-Now!";

both_stores! {
    /// A permanent password confirms a user who was not confirmed.
    async fn a_permanent_password_confirms_the_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "member", json!({})).await;
        invited_user(&pool, "invited", PASSWORD, json!({})).await;
        app.sign_up("new", json!({})).await.ok();
        for username in ["member", "invited", "new"] {
            let answer = set_password(&pool, username, NEW, true).await;
            assert_eq!(answer.ok(), json!({}));
            assert_eq!(status(&pool, username).await, "CONFIRMED");
            tokens_of(app.initiate(username, NEW).await);
            tokens_of(SrpClient::sign_in(&app, username, NEW).await);
            incorrect(&app.initiate(username, PASSWORD).await);
        }
    }

    /// A temporary password is for a first sign-in only, and the default unless Permanent is given.
    async fn a_temporary_password_asks_for_another(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for permanent in [json!(false), json!(null)] {
            let username = format!("ada-{permanent}");
            confirmed_user(&pool, &username, json!({})).await;
            let input = json!({ "Username": username, "Password": NEW, "Permanent": permanent });
            let answer = pool.admin("AdminSetUserPassword", input).await;
            assert_eq!(answer.ok(), json!({}));
            assert_eq!(status(&pool, &username).await, "FORCE_CHANGE_PASSWORD");
            incorrect(&app.initiate(&username, PASSWORD).await);
            let challenge = app.initiate(&username, NEW).await.ok();
            assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
            choose_password(&app, &challenge, PASSWORD, json!({})).await.ok();
            app.sign_in(&username).await;
        }
    }

    /// AdminSetUserPassword leaves the flags of addresses alone, and sends nothing.
    async fn setting_a_password_leaves_addresses_unverified_and_sends_nothing(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        pool.inbox("ada@example.com").code().await;
        set_password(&pool, "ada", NEW, true).await.ok();
        let verified = pool.attribute("ada", "email_verified").await;
        assert_ne!(verified.as_deref(), Some("true"));
        pool.inbox("ada@example.com").stays_empty().await;
    }
}
