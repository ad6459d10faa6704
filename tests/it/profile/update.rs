//! Section 3.4: UpdateUserAttributes without AttributesRequireVerificationBeforeUpdate.

use serde_json::{Value, json};

use crate::support::signed_in_user::SignedInUser;
use crate::support::{AppClient, TestServer, both_stores};

async fn app_that_verifies(server: &TestServer, attributes: Value) -> AppClient {
    let pool = server
        .pool(json!({"AutoVerifiedAttributes": attributes}))
        .await;
    pool.client(json!({})).await
}

/// The deliveries that an answer speaks of; an absent list is an empty one.
fn deliveries(answer: &Value) -> Vec<Value> {
    let list = &answer["CodeDeliveryDetailsList"];
    list.as_array().cloned().unwrap_or_default()
}

both_stores! {
    /// Attributes without verification are changed and added at once.
    async fn plain_attributes_change_at_once(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email"])).await;
        let attributes = json!({"email": "ada@example.com", "name": "Ada"});
        let person = SignedInUser::join(&app, "ada", attributes).await;

        let answer = person.update(json!({"name": "Augusta", "nickname": "Countess"})).await.ok();

        assert_eq!(deliveries(&answer), Vec::<Value>::new());
        let expected = json!({
            "email": "ada@example.com", "email_verified": "true",
            "name": "Augusta", "nickname": "Countess",
        });
        assert_eq!(person.own().await, expected);
        assert_eq!(person.stored().await, expected);
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A new address is stored at once, unverified; a code goes there and verifies it.
    async fn a_new_address_is_stored_unverified(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email"])).await;
        let person = SignedInUser::join(&app, "ada", json!({"email": "ada@example.com"})).await;

        let answer = person.update(json!({"email": "new@home.org"})).await.ok();

        assert_eq!(deliveries(&answer), [json!({
            "Destination": "n***@h***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
        })]);
        assert_eq!(person.attribute("email").await.as_deref(), Some("new@home.org"));
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("false"));
        assert_eq!(person.own().await, json!({"email": "new@home.org"}));
        server.inbox("ada@example.com").stays_empty().await;
        let code = server.inbox("new@home.org").code().await;
        assert_eq!(code.len(), 6);

        let verified = person.verify("email", &code).await.ok();

        assert_eq!(verified, json!({}));
        let expected = json!({"email": "new@home.org", "email_verified": "true"});
        assert_eq!(person.own().await, expected);
        assert_eq!(person.stored().await, expected);
    }

    /// The same for a phone number, by SMS.
    async fn a_new_number_is_stored_unverified(server: TestServer) {
        let app = app_that_verifies(&server, json!(["phone_number"])).await;
        let person = SignedInUser::join(&app, "ada", json!({"phone_number": "+12025550123"})).await;

        let answer = person.update(json!({"phone_number": "+442071832076"})).await.ok();

        assert_eq!(deliveries(&answer), [json!({
            "Destination": "+********2076", "DeliveryMedium": "SMS", "AttributeName": "phone_number",
        })]);
        assert_eq!(person.attribute("phone_number_verified").await.as_deref(), Some("false"));
        let sms = server.inbox("+442071832076").next().await;
        assert_eq!(sms.medium, "SMS");
        person.verify("phone_number", &sms.code.unwrap()).await.ok();
        assert_eq!(person.own().await, json!({
            "phone_number": "+442071832076", "phone_number_verified": "true",
        }));
    }

    /// E-mail and phone number in one call get a code each.
    async fn two_addresses_get_two_codes(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email", "phone_number"])).await;
        let person = SignedInUser::join(&app, "ada", json!({})).await;

        let both = json!({"email": "ada@example.com", "phone_number": "+12025559934"});
        let answer = person.update(both).await.ok();

        let mut deliveries = deliveries(&answer);
        deliveries.sort_by_key(|details| details["AttributeName"].to_string());
        assert_eq!(deliveries, [
            json!({
                "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
            }),
            json!({
                "Destination": "+*******9934", "DeliveryMedium": "SMS",
                "AttributeName": "phone_number",
            }),
        ]);
        let email = server.inbox("ada@example.com").code().await;
        let phone = server.inbox("+12025559934").code().await;
        person.verify("phone_number", &phone).await.ok();
        assert_eq!(person.attribute("phone_number_verified").await.as_deref(), Some("true"));
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("false"));
        person.verify("email", &email).await.ok();
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("true"));
    }

    /// What the pool does not verify is stored unverified, and no code is sent.
    async fn without_auto_verification_no_code_is_sent(server: TestServer) {
        let app = app_that_verifies(&server, json!(["phone_number"])).await;
        let attributes = json!({"email": "ada@example.com", "email_verified": "true"});
        let person = SignedInUser::invited(&app, "ada", attributes).await;

        let answer = person.update(json!({"email": "new@home.org"})).await.ok();

        assert_eq!(deliveries(&answer), Vec::<Value>::new());
        assert_eq!(person.attribute("email").await.as_deref(), Some("new@home.org"));
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("false"));
        server.inbox("new@home.org").stays_empty().await;
    }

    /// The value that is already stored sends no code and stays verified.
    async fn the_same_address_sends_no_code(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email", "phone_number"])).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true",
            "phone_number": "+12025550123", "phone_number_verified": "true",
        });
        let person = SignedInUser::invited(&app, "ada", attributes.clone()).await;

        let same = json!({"email": "ada@example.com", "phone_number": "+12025550123"});
        let answer = person.update(same).await.ok();

        assert_eq!(deliveries(&answer), Vec::<Value>::new());
        assert_eq!(person.own().await, attributes);
        for address in ["ada@example.com", "+12025550123"] {
            server.inbox(address).stays_empty().await;
        }
    }

    /// The empty value deletes: addresses, plain and custom attributes, even below their minimal
    /// length.
    async fn the_empty_value_deletes(server: TestServer) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Schema": [{
                "Name": "cart_uuid", "AttributeDataType": "String", "Mutable": true,
                "StringAttributeConstraints": {"MinLength": "36", "MaxLength": "36"},
            }],
        })).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({
            "email": "ada@example.com", "name": "Ada", "nickname": "Countess",
            "phone_number": "+12025550123",
            "custom:cart_uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        })).await;

        let answer = person.update(json!({
            "email": "", "name": "", "phone_number": "", "custom:cart_uuid": "",
        })).await.ok();

        assert_eq!(deliveries(&answer), Vec::<Value>::new());
        assert_eq!(person.own().await, json!({"nickname": "Countess"}));
        assert_eq!(person.stored().await, json!({"nickname": "Countess"}));
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// One fault leaves everything as it was, and nothing is sent.
    async fn a_call_is_all_or_nothing(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email"])).await;
        let attributes = json!({"email": "ada@example.com", "name": "Ada"});
        let person = SignedInUser::join(&app, "ada", attributes).await;
        let before = person.stored().await;
        for wrong in [
            json!({"birthdate": "short"}),
            json!({"custom:none": "x"}),
            json!({"phone_number": "12345"}),
            json!({"email_verified": "true"}),
            json!({"sub": "me"}),
        ] {
            let mut update = json!({"email": "new@home.org", "name": "Augusta"});
            update.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let answer = person.update(update).await;
            assert_eq!(answer.status, 400, "{wrong}: {answer}");
            assert_eq!(person.stored().await, before, "{wrong}");
        }
        server.inbox("new@home.org").stays_empty().await;
    }

    /// Section 9: UserLastModifiedDate moves.
    async fn an_update_is_dated(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email"])).await;
        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;
        let dates = async || {
            let user = app.pool.user("ada").await.ok();
            let date = |member: &str| user[member].as_f64().unwrap();
            (date("UserCreateDate"), date("UserLastModifiedDate"))
        };
        let (created, before) = dates().await;
        server.advance(600).await;
        assert_eq!(dates().await, (created, before));

        person.update(json!({"name": "Augusta"})).await.ok();

        let (still, after) = dates().await;
        assert_eq!(still, created);
        assert!(after >= before + 600.0, "{before} {after}");
    }

    /// The next ID token shows the update.
    async fn the_next_id_token_shows_the_update(server: TestServer) {
        let app = app_that_verifies(&server, json!(["email"])).await;
        let person =
            SignedInUser::join(&app, "ada", json!({"email": "ada@example.com", "name": "Ada"})).await;
        assert_eq!(person.tokens.id_claims()["email_verified"], json!(true));

        person.update(json!({"email": "new@home.org", "name": "Augusta"})).await.ok();

        let refreshed = app.refresh(&person.tokens.refresh).await.ok();
        let claims = crate::support::Tokens::from(&refreshed).id_claims();
        assert_eq!(claims["email"], "new@home.org");
        assert_eq!(claims["email_verified"], json!(false));
        assert_eq!(claims["name"], "Augusta");
    }
}
