//! Section 3.6: what confirming and resending tell about users who are not there.

use serde_json::{Value, json};

use super::{
    EXPIRED_CODE, WRONG_CODE, confirm, email_pool, refused, resend, standing, unconfirmed,
};
use crate::support::{TestServer, both_stores};

fn hiding() -> Value {
    json!({"PreventUserExistenceErrors": "ENABLED"})
}

both_stores! {
    /// LEGACY, which is also the default, says that there is no such user, in one of two texts.
    async fn legacy_says_that_the_user_is_unknown(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        for settings in [json!({}), json!({"PreventUserExistenceErrors": "LEGACY"})] {
            let app = pool.client(settings).await;
            for answer in [confirm(&app, "nobody", "123456").await, resend(&app, "nobody").await] {
                answer.fails_as("UserNotFoundException");
                let message = answer.message.as_deref().unwrap_or_default();
                let texts = ["Username/client id combination not found.", "User does not exist."];
                assert!(texts.contains(&message), "{answer}");
            }
        }
    }

    /// ENABLED: a code for nobody fails as one for somebody does.
    async fn a_code_for_nobody_fails_as_for_somebody(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(hiding()).await;

        let answer = confirm(&app, "nobody", "123456").await;

        let refusals = [WRONG_CODE, EXPIRED_CODE];
        let type_ = answer.type_.clone().unwrap_or_default();
        let expected = refusals.iter().find(|(name, _)| *name == type_);
        let expected = expected.unwrap_or_else(|| panic!("{answer}"));
        refused(&answer, *expected);
        // Asked again, it says the same.
        refused(&confirm(&app, "nobody", "654321").await, *expected);
    }

    /// ENABLED: a code for nobody is said to be sent, by what the username looks like, and is not.
    async fn a_resend_to_nobody_is_simulated(server: TestServer) {
        let pool = server.pool(json!({
            "UsernameAttributes": ["email", "phone_number"],
            "AutoVerifiedAttributes": ["email", "phone_number"],
        })).await;
        let app = pool.client(hiding()).await;
        for (username, destination, medium, attribute) in [
            ("nobody@example.com", "n***@e***", "EMAIL", "email"),
            ("+12025559934", "+*******9934", "SMS", "phone_number"),
        ] {
            let answer = resend(&app, username).await.ok();
            assert_eq!(answer, json!({"CodeDeliveryDetails": {
                "Destination": destination,
                "DeliveryMedium": medium,
                "AttributeName": attribute,
            }}));
            server.inbox(username).stays_empty().await;
        }
    }

    /// ENABLED: a username that is no address also gets its simulated delivery, always the same.
    async fn a_resend_to_a_plain_name_is_simulated(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(hiding()).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        let nobodys = resend(&app, "nobody").await.ok();
        let adas = resend(&app, "ada").await.ok();

        assert_eq!(nobodys, resend(&app, "nobody").await.ok());
        for member in ["DeliveryMedium", "AttributeName"] {
            let of = |answer: &Value| answer["CodeDeliveryDetails"][member].clone();
            assert_eq!(of(&nobodys), of(&adas));
        }
    }

    /// SignUp tells all the same whether a name is taken: section 3.1.
    async fn sign_up_is_not_affected(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(hiding()).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        let answer = app.sign_up("ada", json!({"email": "eve@example.com"})).await;

        answer.fails("UsernameExistsException", "User already exists");
        server.inbox("eve@example.com").stays_empty().await;
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }
}
