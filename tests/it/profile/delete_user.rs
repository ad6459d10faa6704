//! DeleteUser.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// A user who deletes the own profile is gone at once, tokens included.
    async fn a_deleted_user_is_gone_at_once(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;
        let bob = SignedInUser::join(&app, "bob", json!({"name": "Bob"})).await;

        let answer = person.call("DeleteUser", json!({})).await.ok();

        assert_eq!(answer, json!({}));
        refused(&app.pool.user("ada").await, NO_SUCH_USER);
        refused(&person.call("GetUser", json!({})).await, NO_SUCH_USER);
        refused(&app.initiate("ada", PASSWORD).await, NO_SUCH_USER);
        assert_eq!(app.refresh(&person.tokens.refresh).await.status, 400);
        assert_eq!(bob.own().await, json!({"name": "Bob"}));
    }

    /// The username is free for another user.
    async fn the_username_is_free_again(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;
        person.call("DeleteUser", json!({})).await.ok();

        let newcomer = SignedInUser::join(&app, "ada", json!({})).await;

        assert_ne!(newcomer.sub, person.sub);
        assert_eq!(newcomer.own().await, json!({}));
        refused(&person.call("GetUser", json!({})).await, NO_SUCH_USER);
    }

    /// The aliases are free for another user.
    async fn the_aliases_are_free_again(server: TestServer) {
        let pool = server
            .pool(json!({"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}))
            .await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"email": "shared@example.com"})).await;
        person.call("DeleteUser", json!({})).await.ok();

        let bob = SignedInUser::join(&app, "bob", json!({"email": "shared@example.com"})).await;

        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["sub"], json!(bob.sub));
    }

    /// A username that is an address can be signed up again.
    async fn an_address_as_username_is_free_again(server: TestServer) {
        let pool = server
            .pool(json!({"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}))
            .await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada@example.com", json!({})).await;
        person.call("DeleteUser", json!({})).await.ok();

        let newcomer = SignedInUser::join(&app, "ada@example.com", json!({})).await;

        assert_ne!(newcomer.sub, person.sub);
    }
}
