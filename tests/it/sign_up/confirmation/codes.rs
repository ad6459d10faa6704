//! Section 3.3: which code confirms, and what it verifies.

use serde_json::json;

use crate::support::refusals::{
    ALREADY_CONFIRMED, EXPIRED_CODE, NO_SUCH_USER, WRONG_CODE, refused,
};
use crate::support::sign_up::{
    confirm_sign_up, confirmed_by_email, email_pool, standing, unconfirmed, wrong_code_for,
};
use crate::support::{TestServer, both_stores};

const DAY: i64 = 24 * 60 * 60;

both_stores! {
    /// The right code confirms, verifies the attribute it was sent to and lets the user sign in.
    async fn the_code_confirms_and_verifies(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"email": "ada@example.com", "phone_number": "+12025550123"});
        app.sign_up("ada", attributes).await.ok();
        let code = server.inbox("ada@example.com").code().await;

        let answer = confirm_sign_up(&app, "ada", &code).await.ok();

        assert_eq!(answer, json!({}));
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());
        app.sign_in("ada").await;
    }

    /// A code that came by SMS verifies the number, and leaves the e-mail address as it was.
    async fn a_code_by_sms_verifies_the_number(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email", "phone_number"]})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"email": "ada@example.com", "phone_number": "+12025550123"});
        app.sign_up("ada", attributes).await.ok();
        let code = server.inbox("+12025550123").code().await;

        confirm_sign_up(&app, "ada", &code).await.ok();

        assert_eq!(standing(&pool, "ada").await, ("CONFIRMED".to_owned(), false, true));
    }

    /// A wrong code changes nothing, and the right one still works after it.
    async fn a_wrong_code_is_refused(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let code = server.inbox("ada@example.com").code().await;

        refused(&confirm_sign_up(&app, "ada", wrong_code_for(&code)).await, WRONG_CODE);

        assert_eq!(standing(&pool, "ada").await, unconfirmed());
        confirm_sign_up(&app, "ada", &code).await.ok();
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());
    }

    /// One user's code does not confirm another.
    async fn a_code_of_another_user_is_refused(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        app.sign_up("bob", json!({"email": "bob@example.com"})).await.ok();
        let adas = server.inbox("ada@example.com").code().await;
        let bobs = server.inbox("bob@example.com").code().await;
        if adas != bobs {
            refused(&confirm_sign_up(&app, "bob", &adas).await, WRONG_CODE);
        }
        assert_eq!(standing(&pool, "bob").await, unconfirmed());
        confirm_sign_up(&app, "ada", &adas).await.ok();
        assert_eq!(standing(&pool, "bob").await, unconfirmed());
        confirm_sign_up(&app, "bob", &bobs).await.ok();
    }

    /// Section 3.4: an address that the administrator changes before the confirmation gets the code,
    /// and is the one that it verifies.
    async fn an_address_that_was_changed_before_the_confirmation_gets_the_code(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let first = server.inbox("ada@example.com").code().await;
        let list = json!([{"Name": "email", "Value": "new@home.org"}]);
        let input = json!({"Username": "ada", "UserAttributes": list});

        pool.admin("AdminUpdateUserAttributes", input).await.ok();

        let second = server.inbox("new@home.org").code().await;
        if first != second {
            refused(&confirm_sign_up(&app, "ada", &first).await, WRONG_CODE);
        }
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
        confirm_sign_up(&app, "ada", &second).await.ok();
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());
        assert_eq!(pool.attribute("ada", "email").await.as_deref(), Some("new@home.org"));
    }

    /// Section 3.7: a sign-up code lives for 24 hours.
    async fn a_code_works_until_its_last_minute(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let code = server.inbox("ada@example.com").code().await;

        server.advance(DAY - 60).await;

        confirm_sign_up(&app, "ada", &code).await.ok();
    }

    /// Section 3.7: after 24 hours it is expired, whether right or wrong.
    async fn a_code_expires_after_a_day(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let code = server.inbox("ada@example.com").code().await;

        server.advance(DAY + 1).await;

        refused(&confirm_sign_up(&app, "ada", &code).await, EXPIRED_CODE);
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }

    /// A user who was never sent a code has an expired one.
    async fn a_code_that_was_never_sent_is_expired(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        refused(&confirm_sign_up(&app, "ada", "123456").await, EXPIRED_CODE);

        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }

    /// A confirmed user cannot be confirmed again, by the same code or by the administrator.
    async fn a_confirmed_user_cannot_be_confirmed(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        confirm_sign_up(&app, "ada", &code).await.ok();

        refused(&confirm_sign_up(&app, "ada", &code).await, ALREADY_CONFIRMED);

        let by_admin = pool.admin("AdminConfirmSignUp", json!({"Username": "ada"})).await;
        refused(&by_admin, ALREADY_CONFIRMED);
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());
    }

    /// AdminConfirmSignUp verifies nothing, and the code is expired.
    async fn the_administrator_confirms_without_verifying(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let code = server.inbox("ada@example.com").code().await;

        let answer = pool.admin("AdminConfirmSignUp", json!({"Username": "ada"})).await.ok();

        assert_eq!(answer, json!({}));
        let expected = ("CONFIRMED".to_owned(), false, false);
        assert_eq!(standing(&pool, "ada").await, expected);
        refused(&confirm_sign_up(&app, "ada", &code).await, ALREADY_CONFIRMED);
        assert_eq!(standing(&pool, "ada").await, expected);
    }

    /// AdminConfirmSignUp of a user who does not exist.
    async fn confirming_an_unknown_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answer = pool.admin("AdminConfirmSignUp", json!({"Username": "nobody"})).await;
        refused(&answer, NO_SUCH_USER);
    }

    /// Section 3.1: an unknown client has no users to confirm.
    async fn an_unknown_client_is_refused(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        for (operation, input) in [
            ("ConfirmSignUp", json!({"Username": "ada", "ConfirmationCode": code})),
            ("ResendConfirmationCode", json!({"Username": "ada"})),
        ] {
            let mut input = input;
            input["ClientId"] = json!("nosuchclient00000000000000");
            app.call(operation, input).await.fails(
                "ResourceNotFoundException",
                "User pool client nosuchclient00000000000000 does not exist.",
            );
        }
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
        server.inbox("ada@example.com").stays_empty().await;
    }
}
