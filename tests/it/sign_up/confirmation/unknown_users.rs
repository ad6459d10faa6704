//! Section 3.6: what confirming and resending tell about users who are not there.

use serde_json::{Value, json};

use crate::support::refusals::{EXPIRED_CODE, WRONG_CODE, refused};
use crate::support::sign_up::{confirm_sign_up, email_pool, resend_code, standing, unconfirmed};
use crate::support::{TestServer, both_stores};

fn hiding() -> Value {
    json!({"PreventUserExistenceErrors": "ENABLED"})
}

both_stores! {
    /// LEGACY, which is also the default, answers that the user does not exist, in one of two
    /// texts.
    async fn legacy_says_that_the_user_is_unknown(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        for settings in [json!({}), json!({"PreventUserExistenceErrors": "LEGACY"})] {
            let app = pool.client(settings).await;
            for answer in [confirm_sign_up(&app, "nobody", "123456").await, resend_code(&app, "nobody").await] {
                answer.fails_as("UserNotFoundException");
                let message = answer.message.as_deref().unwrap_or_default();
                let texts = ["Username/client id combination not found.", "User does not exist."];
                assert!(texts.contains(&message), "{answer}");
            }
        }
    }

    /// ENABLED: confirming an unknown user fails as a wrong code of a user does.
    async fn an_unknown_users_code_fails_as_a_users_does(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(hiding()).await;

        let answer = confirm_sign_up(&app, "nobody", "123456").await;

        let refusals = [WRONG_CODE, EXPIRED_CODE];
        let type_ = answer.type_.clone().unwrap_or_default();
        let expected = refusals.iter().find(|(name, _)| *name == type_);
        let expected = expected.unwrap_or_else(|| panic!("{answer}"));
        refused(&answer, *expected);
        // Asked again, it says the same.
        refused(&confirm_sign_up(&app, "nobody", "654321").await, *expected);
    }

    /// ENABLED: the answer names a delivery by the form of the username, and nothing is sent.
    async fn a_resend_to_an_unknown_address_is_simulated(server: TestServer) {
        let pool = server.pool(json!({
            "UsernameAttributes": ["email", "phone_number"],
            "AutoVerifiedAttributes": ["email", "phone_number"],
        })).await;
        let app = pool.client(hiding()).await;
        for (username, destination, medium, attribute) in [
            ("nobody@example.com", "n***@e***", "EMAIL", "email"),
            ("+12025559934", "+*******9934", "SMS", "phone_number"),
        ] {
            let answer = resend_code(&app, username).await.ok();
            assert_eq!(answer, json!({"CodeDeliveryDetails": {
                "Destination": destination,
                "DeliveryMedium": medium,
                "AttributeName": attribute,
            }}));
            server.inbox(username).stays_empty().await;
        }
    }

    /// ENABLED: a username that is no address gets a simulated delivery too, always the same.
    async fn a_resend_to_a_plain_name_is_simulated(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(hiding()).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        let nobodys = resend_code(&app, "nobody").await.ok();
        let adas = resend_code(&app, "ada").await.ok();

        assert_eq!(nobodys, resend_code(&app, "nobody").await.ok());
        for member in ["DeliveryMedium", "AttributeName"] {
            let of = |answer: &Value| answer["CodeDeliveryDetails"][member].clone();
            assert_eq!(of(&nobodys), of(&adas));
        }
    }

    /// SignUp reveals whether a name is taken: section 3.1.
    async fn sign_up_names_a_taken_username_anyway(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(hiding()).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        let answer = app.sign_up("ada", json!({"email": "eve@example.com"})).await;

        answer.fails("UsernameExistsException", "User already exists");
        server.inbox("eve@example.com").stays_empty().await;
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }
}
