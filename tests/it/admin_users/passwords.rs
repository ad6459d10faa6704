//! Sections 3.5 and 9: AdminSetUserPassword. What the policy says of it is told in
//! `passwords::policy`.

use serde_json::json;

use super::{invited, member, set_password, status};
use crate::sign_in::{choose_password, incorrect, tokens_of};
use crate::support::pools::PASSWORD;
use crate::support::{SrpClient, TestServer, both_stores};

const NEW: &str = "N3w-Horse-Now!";

both_stores! {
    /// For good: whoever was not confirmed is.
    async fn for_good(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        member(&pool, "member", json!({})).await;
        invited(&pool, "invited", PASSWORD, json!({})).await;
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

    /// For a first sign-in only, which is also what happens unless Permanent is given.
    async fn for_the_time_being(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for permanent in [json!(false), json!(null)] {
            let username = format!("ada-{permanent}");
            member(&pool, &username, json!({})).await;
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

    /// It says nothing about addresses, and sends nothing.
    async fn addresses_stay_as_they_are(server: TestServer) {
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
