//! Sections 3.2 and 3.4: what a change of an address does to signing in by it.

use serde_json::{Value, json};

use crate::support::pools::{PASSWORD, Pool};
use crate::support::refusals::{EMAIL_TAKEN, NO_SUCH_USER, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

async fn alias_pool(server: &TestServer) -> Pool {
    server
        .pool(json!({"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}))
        .await
}

async fn username_pool(server: &TestServer) -> Pool {
    server
        .pool(json!({"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}))
        .await
}

fn email(address: &str) -> Value {
    json!({"email": address})
}

both_stores! {
    /// Where the address is the username, the new one signs in at once and the old one no longer.
    async fn a_new_username_signs_in_at_once(server: TestServer) {
        let app = username_pool(&server).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada@example.com", json!({})).await;

        person.update(email("new@home.org")).await.ok();

        let tokens = app.sign_in("new@home.org").await;
        assert_eq!(tokens.access_claims()["sub"], json!(person.sub));
        refused(&app.initiate("ada@example.com", PASSWORD).await, NO_SUCH_USER);
        // The former address is free for somebody else.
        SignedInUser::join(&app, "ada@example.com", json!({})).await;
    }

    /// Where the address is an alias, neither signs in until the new one is verified.
    async fn a_new_alias_signs_in_when_it_is_verified(server: TestServer) {
        let app = alias_pool(&server).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", email("ada@example.com")).await;

        person.update(email("new@home.org")).await.ok();

        for address in ["ada@example.com", "new@home.org"] {
            refused(&app.initiate(address, PASSWORD).await, NO_SUCH_USER);
        }
        let code = server.inbox("new@home.org").code().await;
        person.verify("email", &code).await.ok();
        let tokens = app.sign_in("new@home.org").await;
        assert_eq!(tokens.access_claims()["username"], "ada");
        refused(&app.initiate("ada@example.com", PASSWORD).await, NO_SUCH_USER);
    }

    /// Another user's username is refused, verified or not.
    async fn a_taken_username_is_refused(server: TestServer) {
        let app = username_pool(&server).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada@example.com", json!({})).await;
        app.sign_up("bob@example.com", json!({})).await.ok();
        server.inbox("bob@example.com").code().await;

        refused(&person.update(email("bob@example.com")).await, EMAIL_TAKEN);

        assert_eq!(person.own().await, json!({
            "email": "ada@example.com", "email_verified": "true",
        }));
        server.inbox("bob@example.com").stays_empty().await;
        app.sign_in("ada@example.com").await;
    }

    /// An address that is another user's alias is stored and gets its code; it conflicts when it is
    /// verified.
    async fn a_taken_alias_conflicts_when_it_is_verified(server: TestServer) {
        let app = alias_pool(&server).await.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", email("ada@example.com")).await;
        let bob = SignedInUser::join(&app, "bob", email("bob@example.com")).await;

        ada.update(email("bob@example.com")).await.ok();
        let code = server.inbox("bob@example.com").code().await;
        refused(&ada.verify("email", &code).await, EMAIL_TAKEN);

        assert_eq!(ada.own().await, email("bob@example.com"));
        assert_eq!(bob.own().await, json!({
            "email": "bob@example.com", "email_verified": "true",
        }));
        let tokens = app.sign_in("bob@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
    }

    /// A phone number is as much an alias as an address.
    async fn a_taken_phone_conflicts_when_it_is_verified(server: TestServer) {
        let pool = server
            .pool(json!({
                "AliasAttributes": ["phone_number"], "AutoVerifiedAttributes": ["phone_number"],
            }))
            .await;
        let app = pool.client(json!({})).await;
        let phone = json!({"phone_number": "+12025550123"});
        let taken = (
            "AliasExistsException",
            "An account with the given phone_number already exists.",
        );
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        ada.update(phone.clone()).await.ok();
        let inbox = server.inbox("+12025550123");
        let adas = inbox.code().await;
        SignedInUser::join(&app, "bob", phone.clone()).await;
        let eve = SignedInUser::join(&app, "eve", json!({})).await;

        eve.update(phone.clone()).await.ok();
        let eves = inbox.code().await;
        refused(&eve.verify("phone_number", &eves).await, taken);
        refused(&ada.verify("phone_number", &adas).await, taken);

        for person in [&ada, &eve] {
            assert_eq!(person.own().await, phone);
        }
        let tokens = app.sign_in("+12025550123").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
    }

    /// A change of several attributes is all or nothing: a taken username keeps back the rest, and
    /// nothing is sent.
    async fn a_taken_username_keeps_back_the_rest(server: TestServer) {
        let pool = server
            .pool(json!({
                "UsernameAttributes": ["email"],
                "AutoVerifiedAttributes": ["email", "phone_number"],
            }))
            .await;
        let app = pool.client(json!({})).await;
        let verified = |address: &str| json!({"email": address, "email_verified": "true"});
        SignedInUser::invited(&app, "bob@example.com", verified("bob@example.com")).await;
        let ada = SignedInUser::invited(&app, "ada@example.com", verified("ada@example.com")).await;

        let all = json!({
            "name": "Augusta", "phone_number": "+12025550123", "email": "bob@example.com",
        });
        refused(&ada.update(all).await, EMAIL_TAKEN);

        assert_eq!(ada.own().await, verified("ada@example.com"));
        for address in ["bob@example.com", "+12025550123"] {
            server.inbox(address).stays_empty().await;
        }
    }

    /// Two may want the same alias: who verifies it first has it.
    async fn the_first_to_verify_has_the_alias(server: TestServer) {
        let app = alias_pool(&server).await.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        let bob = SignedInUser::join(&app, "bob", json!({})).await;
        let inbox = server.inbox("shared@example.com");
        ada.update(email("shared@example.com")).await.ok();
        let adas = inbox.code().await;
        bob.update(email("shared@example.com")).await.ok();
        let bobs = inbox.code().await;
        bob.verify("email", &bobs).await.ok();

        refused(&ada.verify("email", &adas).await, EMAIL_TAKEN);

        assert_eq!(ada.own().await, email("shared@example.com"));
        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
    }
}
