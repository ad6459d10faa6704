//! Sections 3.1 to 3.3: an address that is another user's alias, and ForceAliasCreation.

use serde_json::json;

use crate::support::pools::{PASSWORD, Pool};
use crate::support::refusals::{EMAIL_TAKEN, NO_SUCH_USER, refused};
use crate::support::sign_up::{
    confirm_sign_up, confirmed_by_email, resend_code, standing, unconfirmed,
};
use crate::support::{Answer, AppClient, TestServer, both_stores};

/// Ada owns `shared@example.com`; Bob has signed up with it too, which succeeds, and holds a code.
async fn two_with_one_address(server: &TestServer) -> (Pool, AppClient, String) {
    let pool = server
        .pool(json!({"AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"]}))
        .await;
    let app = pool.client(json!({})).await;
    let attributes = json!({"email": "shared@example.com"});
    app.confirmed("ada", attributes.clone()).await;
    app.sign_up("bob", attributes).await.ok();
    let code = server.inbox("shared@example.com").code().await;
    (pool, app, code)
}

async fn force(app: &AppClient, username: &str, code: &str, forced: bool) -> Answer {
    let input = json!({
        "Username": username, "ConfirmationCode": code, "ForceAliasCreation": forced,
    });
    app.call("ConfirmSignUp", input).await
}

both_stores! {
    /// The conflict appears when the second user confirms; the first keeps the alias.
    async fn a_taken_alias_cannot_be_confirmed(server: TestServer) {
        let (pool, app, code) = two_with_one_address(&server).await;

        refused(&confirm_sign_up(&app, "bob", &code).await, EMAIL_TAKEN);

        assert_eq!(standing(&pool, "bob").await, unconfirmed());
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());
        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "ada");
    }

    /// A phone number is an alias like an address.
    async fn a_taken_number_cannot_be_confirmed(server: TestServer) {
        let settings = json!({
            "AutoVerifiedAttributes": ["phone_number"], "AliasAttributes": ["phone_number"],
        });
        let pool = server.pool(settings).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"phone_number": "+12025550123"});
        app.confirmed("ada", attributes.clone()).await;
        app.sign_up("bob", attributes).await.ok();
        let code = server.inbox("+12025550123").code().await;

        confirm_sign_up(&app, "bob", &code).await.fails(
            "AliasExistsException",
            "An account with the given phone_number already exists.",
        );

        assert_eq!(standing(&pool, "bob").await, unconfirmed());
        force(&app, "bob", &code, true).await.ok();
        assert_eq!(standing(&pool, "bob").await, ("CONFIRMED".to_owned(), false, true));
        assert_eq!(standing(&pool, "ada").await, ("CONFIRMED".to_owned(), false, false));
    }

    /// False is the default of ForceAliasCreation.
    async fn force_alias_creation_is_off_by_default(server: TestServer) {
        let (pool, app, code) = two_with_one_address(&server).await;

        refused(&force(&app, "bob", &code, false).await, EMAIL_TAKEN);

        assert_eq!(standing(&pool, "bob").await, unconfirmed());
    }

    /// With ForceAliasCreation the alias moves, and its former owner's address becomes unverified.
    async fn a_forced_alias_moves_and_its_former_owner_is_unverified(server: TestServer) {
        let (pool, app, code) = two_with_one_address(&server).await;

        force(&app, "bob", &code, true).await.ok();

        assert_eq!(standing(&pool, "bob").await, confirmed_by_email());
        assert_eq!(standing(&pool, "ada").await, ("CONFIRMED".to_owned(), false, false));
        assert_eq!(
            pool.attribute("ada", "email").await.as_deref(),
            Some("shared@example.com")
        );
        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
        app.sign_in("ada").await;
    }

    /// After the refusal the user can force the alias with a new code.
    async fn a_refused_alias_can_be_forced_later(server: TestServer) {
        let (pool, app, code) = two_with_one_address(&server).await;
        refused(&confirm_sign_up(&app, "bob", &code).await, EMAIL_TAKEN);
        resend_code(&app, "bob").await.ok();
        let code = server.inbox("shared@example.com").code().await;

        force(&app, "bob", &code, true).await.ok();

        assert_eq!(standing(&pool, "bob").await, confirmed_by_email());
        assert_eq!(standing(&pool, "ada").await, ("CONFIRMED".to_owned(), false, false));
    }

    /// Where e-mail is no alias, two users may share an address, both verified.
    async fn without_aliases_two_users_may_share_an_address(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        for username in ["ada", "bob"] {
            app.confirmed(username, json!({"email": "shared@example.com"})).await;
        }
        for username in ["ada", "bob"] {
            assert_eq!(standing(&pool, username).await, confirmed_by_email());
        }
        // And nobody signs in by it.
        refused(
            &app.initiate("shared@example.com", PASSWORD).await,
            NO_SUCH_USER,
        );
    }
}
