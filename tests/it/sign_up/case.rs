//! Section 3.2: UsernameConfiguration.CaseSensitive.

use serde_json::{Value, json};

use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, USERNAME_TAKEN, refused};
use crate::support::sign_up::confirm_sign_up;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

fn insensitive(mut pool: Value) -> Value {
    pool["UsernameConfiguration"] = json!({"CaseSensitive": false});
    pool
}

both_stores! {
    /// Unless configured, names differ by their case.
    async fn case_counts_by_default(server: TestServer) {
        for settings in [json!({}), json!({"UsernameConfiguration": {"CaseSensitive": true}})] {
            let pool = server.pool(settings).await;
            let app = pool.client(json!({})).await;
            let ada = app.confirmed("Ada", json!({"name": "upper"})).await;
            let other = app.confirmed("ada", json!({"name": "lower"})).await;

            assert_ne!(ada, other);
            assert_eq!(pool.attribute("Ada", "name").await.as_deref(), Some("upper"));
            assert_eq!(pool.attribute("ada", "name").await.as_deref(), Some("lower"));
            assert_eq!(app.sign_in("Ada").await.access_claims()["username"], "Ada");
            refused(&app.initiate("ADA", PASSWORD).await, NO_SUCH_USER);
        }
    }

    /// Addresses too, as usernames and as aliases.
    async fn case_counts_in_addresses_by_default(server: TestServer) {
        let pool = server.pool(json!({"UsernameAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let upper = app.confirmed("Ada@example.com", json!({})).await;
        assert_ne!(upper, app.confirmed("ada@example.com", json!({})).await);
        assert_eq!(app.sign_in("Ada@example.com").await.access_claims()["username"], json!(upper));

        let pool = server
            .pool(json!({"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}))
            .await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({"email": "Ada@example.com"})).await;
        app.sign_in("Ada@example.com").await;
        refused(&app.initiate("ada@example.com", PASSWORD).await, NO_SUCH_USER);
    }

    /// Not case-sensitive: every spelling is the same username, which is shown in lower case.
    async fn any_spelling_is_the_same_name(server: TestServer) {
        let pool = server.pool(insensitive(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.confirmed("Ada", json!({})).await;

        refused(&app.sign_up("ada", json!({})).await, USERNAME_TAKEN);
        refused(&app.sign_up("ADA", json!({})).await, USERNAME_TAKEN);

        for spelling in ["Ada", "ada", "ADA"] {
            let tokens = app.sign_in(spelling).await;
            assert_eq!(tokens.access_claims()["username"], "ada");
            assert_eq!(pool.user(spelling).await.ok()["Username"], "ada");
        }
    }

    /// The same with addresses that are usernames.
    async fn any_spelling_is_the_same_address(server: TestServer) {
        let pool = server.pool(insensitive(json!({"UsernameAttributes": ["email"]}))).await;
        let app = pool.client(json!({})).await;
        let sub = app.confirmed("Ada@Example.com", json!({})).await;

        app.sign_up("ADA@EXAMPLE.COM", json!({})).await.fails(
            "UsernameExistsException",
            "An account with the given email already exists.",
        );

        let tokens = app.sign_in("aDA@eXAMPLE.COM").await;
        assert_eq!(tokens.access_claims()["username"], json!(sub));
        let email = pool.attribute(&sub, "email").await;
        assert_eq!(email.as_deref(), Some("ada@example.com"));
    }

    /// The same with aliases, an address and a preferred_username.
    async fn any_spelling_is_the_same_alias(server: TestServer) {
        let pool = server
            .pool(insensitive(json!({
                "AliasAttributes": ["email", "preferred_username"],
                "AutoVerifiedAttributes": ["email"],
            })))
            .await;
        let app = pool.client(json!({})).await;
        let answer = app.sign_up("ada", json!({"email": "Ada@Example.com"})).await.ok();
        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "a***@e***");
        let code = server.inbox("ada@example.com").code().await;
        confirm_sign_up(&app, "ADA", &code).await.ok();
        let person = SignedInUser {
            app: app.clone(),
            username: "ada".to_owned(),
            sub: answer["UserSub"].as_str().unwrap().to_owned(),
            tokens: app.sign_in("ADA@example.COM").await,
        };

        person.update(json!({"preferred_username": "Countess"})).await.ok();

        assert_eq!(person.own().await, json!({
            "email": "ada@example.com", "email_verified": "true", "preferred_username": "countess",
        }));
        app.sign_in("COUNTESS").await;
        // Another spelling of the same address is no change.
        person.update(json!({"email": "ADA@EXAMPLE.COM"})).await.ok();
        server.inbox("ada@example.com").stays_empty().await;
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("true"));
        let bob = SignedInUser::join(&app, "bob", json!({})).await;
        bob.update(json!({"preferred_username": "COUNTESS"})).await.fails(
            "AliasExistsException",
            "An account with the given preferred_username already exists.",
        );
    }
}
