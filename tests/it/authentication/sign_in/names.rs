//! Section 3.2: by which names a user signs in, and which name the tokens carry.

use serde_json::json;

use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::refusals::incorrect;
use crate::support::sign_in::initiate;
use crate::support::users::{confirmed_user, create_user, set_password};
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
    /// A plain pool: the username signs in in the letters it was given, and nothing else does.
    async fn a_username_signs_in_in_its_own_letters_only(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let sub = confirmed_user(&pool, "ada", attributes).await;
        assert_ne!(sub, "ada");
        signs_in_as(&app, "ada", "ada").await;
        signs_nobody_in(&app, "ada@example.com").await;
        signs_nobody_in(&app, "ADA").await;
    }

    /// A pool whose usernames are not case-sensitive.
    async fn a_username_signs_in_in_any_case_where_case_does_not_count(server: TestServer) {
        let settings = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
        let pool = server.pool(settings).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "Ada", json!({})).await;
        signs_in_as(&app, "ADA", "ada").await;
        signs_in_as(&app, "ada", "ada").await;
    }

    /// A pool whose usernames are addresses: the stored username is a UUID, equal to `sub`.
    async fn an_address_as_username_signs_in_and_the_sub_is_the_username(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email", "phone_number"] })).await;
        let app = pool.client(json!({})).await;
        let ada = confirmed_user(&pool, "ada@example.com", json!({})).await;
        let bob = confirmed_user(&pool, "+15551239934", json!({})).await;
        signs_in_as(&app, "ada@example.com", &ada).await;
        signs_in_as(&app, &ada, &ada).await;
        signs_in_as(&app, "+15551239934", &bob).await;
        let tokens = app.sign_in("ada@example.com").await;
        assert_eq!(tokens.id_claims()["sub"], ada.as_str());
        assert_eq!(tokens.id_claims()["email"], "ada@example.com");
    }

    /// A pool with aliases: an address works once it is verified, and the tokens keep the username.
    async fn an_alias_signs_in_once_it_is_verified(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "phone_number"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true", "phone_number": "+15551239934",
        });
        confirmed_user(&pool, "ada", attributes).await;
        signs_in_as(&app, "ada@example.com", "ada").await;
        signs_in_as(&app, "ada", "ada").await;
        signs_nobody_in(&app, "+15551239934").await;
    }

    /// A preferred username is an alias that needs no verification.
    async fn a_preferred_username_signs_in_without_verification(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let attributes = attribute_list(&json!({ "preferred_username": "countess" }));
        let input = json!({ "UserAttributes": attributes });
        app.with_token("UpdateUserAttributes", &tokens.access, input).await.ok();
        signs_in_as(&app, "countess", "ada").await;
    }

    /// Section 1.1: the administrator may write `True` for `true`.
    async fn the_flag_true_is_read_in_any_case(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "True" });
        let input = json!({ "UserAttributes": attribute_list(&attributes) });
        create_user(&pool, "ada", input).await.ok();
        set_password(&pool, "ada", PASSWORD, true).await.ok();
        let tokens = app.sign_in("ada@example.com").await;
        assert_eq!(tokens.id_claims()["email_verified"], true);
    }

    /// Two users of one pool, and one name in two pools, are kept apart.
    async fn one_name_in_two_pools_is_two_users(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let elsewhere = other.client(json!({})).await;
        let ada = confirmed_user(&pool, "ada", json!({})).await;
        let namesake = confirmed_user(&other, "ada", json!({})).await;
        set_password(&other, "ada", "An0ther-Horse!", true).await.ok();
        assert_eq!(app.sign_in("ada").await.id_claims()["sub"], ada.as_str());
        incorrect(&elsewhere.initiate("ada", PASSWORD).await);
        let parameters = json!({ "USERNAME": "ada", "PASSWORD": "An0ther-Horse!" });
        let body = initiate(&elsewhere, "USER_PASSWORD_AUTH", parameters).await.ok();
        assert_eq!(Tokens::from(&body).id_claims()["sub"], namesake.as_str());
    }
}
