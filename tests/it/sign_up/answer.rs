//! Section 3.1: what SignUp answers and sends.

use serde_json::{Value, json};

use crate::support::pools::{PASSWORD, attribute, attribute_list};
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::sign_up::{email_pool, standing, unconfirmed};
use crate::support::signed_in_user::attributes_of;
use crate::support::{TestServer, both_stores};

fn members(answer: &Value) -> Vec<&str> {
    answer
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

both_stores! {
    /// Without auto-verified attributes nothing is sent, and the answer speaks of no delivery.
    async fn a_plain_sign_up_sends_nothing(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"email": "ada@example.com", "name": "Ada"});

        let answer = app.sign_up("ada", attributes.clone()).await.ok();

        assert_eq!(members(&answer), ["UserConfirmed", "UserSub"]);
        assert_eq!(answer["UserConfirmed"], false);
        server.inbox("ada@example.com").stays_empty().await;
        let user = pool.user("ada").await.ok();
        assert_eq!(user["Username"], "ada");
        assert_eq!(user["UserStatus"], "UNCONFIRMED");
        assert_eq!(user["Enabled"], true);
        assert_eq!(attributes_of(&user), attributes);
        let sub = attribute(&user["UserAttributes"], "sub").unwrap();
        assert_eq!(answer["UserSub"], json!(sub));
        assert!(uuid::Uuid::parse_str(&sub).is_ok(), "{sub}");
        // In a pool of free usernames the two differ: section 2.5.
        assert_ne!(sub, "ada");
    }

    /// An auto-verified attribute is sent a code of six digits, and the answer says where it went.
    async fn an_auto_verified_address_is_sent_a_code(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;

        let answer = app.sign_up("ada", json!({"email": "testing@testing.com"})).await.ok();

        assert_eq!(members(&answer), ["CodeDeliveryDetails", "UserConfirmed", "UserSub"]);
        assert_eq!(answer["CodeDeliveryDetails"], json!({
            "Destination": "t***@t***",
            "DeliveryMedium": "EMAIL",
            "AttributeName": "email",
        }));
        let message = server.inbox("testing@testing.com").next().await;
        assert_eq!(message.medium, "EMAIL");
        assert_eq!(message.user_pool_id, pool.id);
        assert_eq!(message.username.as_deref(), Some("ada"));
        let code = message.code.unwrap();
        assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
        assert!(message.body.contains(&code), "{}", message.body);
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }

    /// A pool that verifies e-mail does not require it: without an address no code is sent.
    async fn an_absent_auto_verified_attribute_is_not_required(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;

        let answer = app.sign_up("ada", json!({"phone_number": "+12025550123"})).await.ok();

        assert_eq!(members(&answer), ["UserConfirmed", "UserSub"]);
        server.inbox("+12025550123").stays_empty().await;
    }

    /// With e-mail and phone both auto-verified and supplied one SMS goes to the phone.
    async fn the_phone_is_preferred_to_the_address(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email", "phone_number"]})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"email": "ada@example.com", "phone_number": "+12025559934"});

        let answer = app.sign_up("ada", attributes).await.ok();

        assert_eq!(answer["CodeDeliveryDetails"], json!({
            "Destination": "+*******9934",
            "DeliveryMedium": "SMS",
            "AttributeName": "phone_number",
        }));
        let sms = server.inbox("+12025559934").next().await;
        assert_eq!(sms.medium, "SMS");
        assert_eq!(sms.code.unwrap().len(), 6);
        server.inbox("ada@example.com").stays_empty().await;

        // With only one of the two supplied, that one is told.
        let answer = app.sign_up("bob", json!({"email": "bob@example.com"})).await.ok();
        assert_eq!(answer["CodeDeliveryDetails"]["AttributeName"], "email");
        server.inbox("bob@example.com").code().await;
    }

    /// The answer shows enough of an address to recognise it, and no more.
    async fn destinations_are_masked(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email", "phone_number"]})).await;
        let app = pool.client(json!({})).await;
        for (number, (name, value, mask)) in [
            ("email", "testing@testing.com", "t***@t***"),
            ("email", "x@y.org", "x***@y***"),
            ("email", "jane.doe+inbox@mail.example.co.uk", "j***@m***"),
            ("phone_number", "+12025559934", "+*******9934"),
            ("phone_number", "+442071832076", "+********2076"),
            ("phone_number", "+4915123454516", "+*********4516"),
        ].into_iter().enumerate() {
            let answer = app.sign_up(&format!("user{number}"), json!({name: value})).await.ok();
            assert_eq!(answer["CodeDeliveryDetails"]["Destination"], mask, "{value}");
        }
    }

    /// SignUp sets the flags of both contacts at once, to "false"; AdminCreateUser sets those of
    /// the contacts that are given.
    async fn contacts_have_flags_from_the_beginning(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let contacts = json!({"email": "ada@example.com", "phone_number": "+12025550123"});
        app.sign_up("ada", contacts.clone()).await.ok();
        let input = json!({
            "Username": "bob", "MessageAction": "SUPPRESS",
            "UserAttributes": attribute_list(&contacts),
        });
        pool.admin("AdminCreateUser", input).await.ok();
        for flag in ["email_verified", "phone_number_verified"] {
            assert_eq!(pool.attribute("ada", flag).await.as_deref(), Some("false"), "{flag}");
            assert_eq!(pool.attribute("bob", flag).await, None, "{flag}");
        }
    }

    /// The password of an unconfirmed user is checked before the status.
    async fn an_unconfirmed_user_cannot_sign_in(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();

        for password in [PASSWORD, "Wr0ng-Password!"] {
            app.initiate("ada", password)
                .await
                .fails("UserNotConfirmedException", "User is not confirmed.");
        }
    }

    /// Without a passwordless way to sign in a password is needed.
    async fn a_missing_password_is_refused(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        let attributes = attribute_list(&json!({"email": "ada@example.com"}));

        let answer = app
            .call("SignUp", json!({"Username": "ada", "UserAttributes": attributes}))
            .await;

        answer.fails(
            "InvalidParameterException",
            "1 validation error detected: Value at 'password' failed to satisfy constraint: \
             Member must not be null",
        );
        refused(&pool.user("ada").await, NO_SUCH_USER);
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// Members that the model does not know are ignored, and null is as absent: section 1.1.
    async fn unknown_members_and_nulls_are_ignored(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let body = json!({
            "ClientId": app.id, "Username": "ada", "Password": PASSWORD,
            "UserAttributes": null, "ValidationData": null, "Banana": {"Split": [1, 2]},
        });

        server.client.call("SignUp", body).await.ok();

        assert_eq!(standing(&pool, "ada").await, unconfirmed());
    }
}
