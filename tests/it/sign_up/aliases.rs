//! Section 3.2: free usernames beside which verified addresses sign in.

use serde_json::json;

use super::refused_without_trace;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::sign_up::confirm_sign_up;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

const PREFERRED_TAKEN: (&str, &str) = (
    "AliasExistsException",
    "An account with the given preferred_username already exists.",
);

both_stores! {
    /// A verified address signs in, an unverified one does not.
    async fn an_address_signs_in_once_it_is_verified(server: TestServer) {
        for (attribute, address) in [("email", "ada@example.com"), ("phone_number", "+12025550123")]
        {
            let pool = server
                .pool(json!({"AliasAttributes": [attribute], "AutoVerifiedAttributes": [attribute]}))
                .await;
            let app = pool.client(json!({})).await;
            app.sign_up("ada", json!({attribute: address})).await.ok();
            refused(&pool.user(address).await, NO_SUCH_USER);
            refused(&app.initiate(address, PASSWORD).await, NO_SUCH_USER);

            let code = server.inbox(address).code().await;
            confirm_sign_up(&app, "ada", &code).await.ok();

            let tokens = app.sign_in(address).await;
            assert_eq!(tokens.access_claims()["username"], "ada");
            assert_eq!(pool.user(address).await.ok()["Username"], "ada");
        }
    }

    /// Confirmed by the administrator the address is not verified, and signs nobody in.
    async fn a_confirmed_user_may_have_an_unverified_address(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;

        app.confirmed("ada", json!({"email": "ada@example.com"})).await;

        app.sign_in("ada").await;
        refused(&app.initiate("ada@example.com", PASSWORD).await, NO_SUCH_USER);
    }

    /// Section 9: an address does not sign in where it is not configured to, verified or not.
    async fn an_address_that_is_no_alias_signs_nobody_in(server: TestServer) {
        let pool = server
            .pool(json!({"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["phone_number"]}))
            .await;
        let app = pool.client(json!({})).await;

        let sub = app.confirmed("ada", json!({"phone_number": "+12025550123"})).await;

        refused(&app.initiate("+12025550123", PASSWORD).await, NO_SUCH_USER);
        refused(&pool.user("+12025550123").await, NO_SUCH_USER);
        // The sub finds a user in any pool.
        assert_eq!(pool.user(&sub).await.ok()["Username"], "ada");
    }

    /// A username that could be mistaken for an alias is refused, and only that.
    async fn a_username_that_looks_like_an_alias_is_refused(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;

        let answer = app.sign_up("ada@example.com", json!({})).await;

        let expected = (
            "InvalidParameterException",
            "Username cannot be of email format, since user pool is configured for email alias.",
        );
        refused_without_trace(&pool, "ada@example.com", answer, expected).await;
        app.sign_up("+12025550123", json!({})).await.ok();

        let pool = server.pool(json!({"AliasAttributes": ["phone_number"]})).await;
        let app = pool.client(json!({})).await;
        let answer = app.sign_up("+12025550123", json!({})).await;
        let expected = (
            "InvalidParameterException",
            "Username cannot be of phone number format, since user pool is configured for phone \
             number alias.",
        );
        refused_without_trace(&pool, "+12025550123", answer, expected).await;
        app.sign_up("ada@example.com", json!({})).await.ok();

        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada@example.com", json!({})).await;
        let tokens = app.sign_in("ada@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "ada@example.com");
    }

    /// A preferred_username that signs in cannot be chosen before the confirmation.
    async fn a_preferred_username_is_refused_before_the_confirmation(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["preferred_username"]})).await;
        let app = pool.client(json!({})).await;

        let answer = app.sign_up("ada", json!({"preferred_username": "countess"})).await;

        answer.fails(
            "InvalidParameterException",
            "Preferred username cannot be provided for unconfirmed account, since user pool is \
             configured for preferred username alias.",
        );
        refused(&pool.user("ada").await, NO_SUCH_USER);
        let person = SignedInUser::join(&app, "ada", json!({})).await;
        person.update(json!({"preferred_username": "countess"})).await.ok();
        let tokens = app.sign_in("countess").await;
        assert_eq!(tokens.access_claims()["username"], "ada");
    }

    /// A preferred_username belongs to one user at a time, and is free again when that user changes
    /// it.
    async fn a_preferred_username_is_unique(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["preferred_username"]})).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        let bob = SignedInUser::join(&app, "bob", json!({})).await;
        let chosen = json!({"preferred_username": "countess"});
        ada.update(chosen.clone()).await.ok();

        refused(&bob.update(chosen.clone()).await, PREFERRED_TAKEN);
        assert_eq!(bob.own().await, json!({}));

        ada.update(json!({"preferred_username": "duchess"})).await.ok();
        bob.update(chosen).await.ok();
        assert_eq!(app.sign_in("countess").await.access_claims()["username"], "bob");
        assert_eq!(app.sign_in("duchess").await.access_claims()["username"], "ada");
    }

    /// Where it is no alias it is an attribute like another.
    async fn a_preferred_username_that_is_no_alias_need_not_be_unique(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for username in ["ada", "bob"] {
            app.confirmed(username, json!({"preferred_username": "countess"})).await;
        }
        refused(&app.initiate("countess", PASSWORD).await, NO_SUCH_USER);
    }
}
