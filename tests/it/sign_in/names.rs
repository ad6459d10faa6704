//! Section 3.2: by which names a user signs in, and which name the tokens carry.

use serde_json::json;

use super::{incorrect, initiate};
use crate::admin_users::{create_user, member, set_password};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::{AppClient, SrpClient, TestServer, Tokens, both_stores};

/// Signs in by password and by SRP, and asserts whose tokens both give.
async fn signs_in_as(app: &AppClient, name: &str, username: &str) {
    let by_password = app.initiate(name, PASSWORD).await.ok();
    let by_srp = SrpClient::sign_in(app, name, PASSWORD).await.ok();
    for tokens in [Tokens::from(&by_password), Tokens::from(&by_srp)] {
        assert_eq!(tokens.access_claims()["username"], username);
        assert_eq!(tokens.id_claims()["cognito:username"], username);
    }
}

/// Asserts that nobody signs in by that name, in a pool that tells.
async fn signs_nobody_in(app: &AppClient, name: &str) {
    let answer = app.initiate(name, PASSWORD).await;
    answer.fails("UserNotFoundException", "User does not exist.");
}

both_stores! {
    /// A plain pool: the username and nothing else, in the letters it was given.
    async fn a_plain_username(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let sub = member(&pool, "ada", attributes).await;
        assert_ne!(sub, "ada");
        signs_in_as(&app, "ada", "ada").await;
        signs_nobody_in(&app, "ada@example.com").await;
        signs_nobody_in(&app, "ADA").await;
    }

    /// A pool that is told not to mind case.
    async fn a_username_of_any_case(server: TestServer) {
        let settings = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
        let pool = server.pool(settings).await;
        let app = pool.client(json!({})).await;
        member(&pool, "Ada", json!({})).await;
        signs_in_as(&app, "ADA", "ada").await;
        signs_in_as(&app, "ada", "ada").await;
    }

    /// A pool whose usernames are addresses: the real name is a UUID, equal to `sub`.
    async fn an_address_as_username(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email", "phone_number"] })).await;
        let app = pool.client(json!({})).await;
        let ada = member(&pool, "ada@example.com", json!({})).await;
        let bob = member(&pool, "+15551239934", json!({})).await;
        signs_in_as(&app, "ada@example.com", &ada).await;
        signs_in_as(&app, &ada, &ada).await;
        signs_in_as(&app, "+15551239934", &bob).await;
        let tokens = app.sign_in("ada@example.com").await;
        assert_eq!(tokens.id_claims()["sub"], ada.as_str());
        assert_eq!(tokens.id_claims()["email"], "ada@example.com");
    }

    /// A pool with aliases: an address works once it is verified, and the tokens keep the username.
    async fn an_address_as_alias(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "phone_number"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true", "phone_number": "+15551239934",
        });
        member(&pool, "ada", attributes).await;
        signs_in_as(&app, "ada@example.com", "ada").await;
        signs_in_as(&app, "ada", "ada").await;
        signs_nobody_in(&app, "+15551239934").await;
    }

    /// A preferred username is an alias that needs no verification.
    async fn a_preferred_username_as_alias(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let app = pool.client(json!({})).await;
        member(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let attributes = attribute_list(&json!({ "preferred_username": "countess" }));
        let input = json!({ "UserAttributes": attributes });
        app.with_token("UpdateUserAttributes", &tokens.access, input).await.ok();
        signs_in_as(&app, "countess", "ada").await;
    }

    /// Section 1.1: the administrator may write `True`; it is as good as `true`.
    async fn a_verified_address_in_capitals(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "True" });
        let input = json!({ "UserAttributes": attribute_list(&attributes) });
        create_user(&pool, "ada", input).await.ok();
        set_password(&pool, "ada", PASSWORD, true).await.ok();
        let tokens = app.sign_in("ada@example.com").await;
        assert_eq!(tokens.id_claims()["email_verified"], true);
    }

    /// Two users of one pool, and one name in two pools, are told apart.
    async fn the_same_name_in_another_pool(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let elsewhere = other.client(json!({})).await;
        let ada = member(&pool, "ada", json!({})).await;
        let namesake = member(&other, "ada", json!({})).await;
        set_password(&other, "ada", "An0ther-Horse!", true).await.ok();
        assert_eq!(app.sign_in("ada").await.id_claims()["sub"], ada.as_str());
        incorrect(&elsewhere.initiate("ada", PASSWORD).await);
        let parameters = json!({ "USERNAME": "ada", "PASSWORD": "An0ther-Horse!" });
        let body = initiate(&elsewhere, "USER_PASSWORD_AUTH", parameters).await.ok();
        assert_eq!(Tokens::from(&body).id_claims()["sub"], namesake.as_str());
    }
}
