//! Section 3.3: another code on request.

use serde_json::json;

use crate::support::refusals::{WRONG_CODE, refused};
use crate::support::sign_up::{
    confirm_sign_up, confirmed_by_email, email_pool, resend_code, standing, unconfirmed,
};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// A user without an address that the pool verifies cannot be sent a code.
    async fn without_a_verifiable_address_no_code_is_resent(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"phone_number": "+12025550123"})).await.ok();

        resend_code(&app, "ada").await.fails(
            "InvalidParameterException",
            "User does not have a valid registered email address",
        );

        server.inbox("+12025550123").stays_empty().await;
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }

    /// A resent code replaces the first.
    async fn a_resent_code_replaces_the_first(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let inbox = server.inbox("ada@example.com");
        let first = inbox.code().await;

        let answer = resend_code(&app, "ada").await.ok();

        assert_eq!(answer["CodeDeliveryDetails"], json!({
            "Destination": "a***@e***",
            "DeliveryMedium": "EMAIL",
            "AttributeName": "email",
        }));
        let second = inbox.code().await;
        if first != second {
            refused(&confirm_sign_up(&app, "ada", &first).await, WRONG_CODE);
        }
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
        confirm_sign_up(&app, "ada", &second).await.ok();
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());
    }

    /// Section 3.7: a resent code lives for 24 hours of its own.
    async fn a_resent_code_begins_a_new_day(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let inbox = server.inbox("ada@example.com");
        inbox.code().await;
        server.advance(20 * 3600).await;
        resend_code(&app, "ada").await.ok();
        let code = inbox.code().await;

        server.advance(20 * 3600).await;

        confirm_sign_up(&app, "ada", &code).await.ok();
    }

    /// The resent code goes by SMS where the first did.
    async fn a_resent_code_goes_to_the_phone(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["phone_number"]})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"phone_number": "+12025559934"})).await.ok();
        let inbox = server.inbox("+12025559934");
        inbox.code().await;

        let answer = resend_code(&app, "ada").await.ok();

        assert_eq!(answer["CodeDeliveryDetails"], json!({
            "Destination": "+*******9934",
            "DeliveryMedium": "SMS",
            "AttributeName": "phone_number",
        }));
        confirm_sign_up(&app, "ada", &inbox.code().await).await.ok();
    }

    /// A confirmed user is refused a code.
    async fn a_confirmed_user_gets_no_code(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({"email": "ada@example.com"})).await;

        resend_code(&app, "ada")
            .await
            .fails("InvalidParameterException", "User is already confirmed.");

        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A pool that verifies nothing has no codes to resend.
    async fn without_auto_verification_no_code_is_resent(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        resend_code(&app, "ada").await.fails(
            "NotAuthorizedException",
            "Cannot resend codes. Auto verification not turned on.",
        );

        server.inbox("ada@example.com").stays_empty().await;
    }
}
