//! Section 3.2: pools whose usernames are e-mail addresses or phone numbers.

use serde_json::{Value, json};

use super::refused_without_trace;
use crate::support::sign_up::{confirm_sign_up, standing};
use crate::support::signed_in_user::{SignedInUser, attributes_of};
use crate::support::{TestServer, both_stores};

fn addressed(attributes: &Value) -> Value {
    json!({"UsernameAttributes": attributes, "AutoVerifiedAttributes": attributes})
}

both_stores! {
    /// The address becomes an attribute, and the username is the `sub` everywhere.
    async fn the_address_is_stored_and_the_username_is_the_sub(server: TestServer) {
        for (attribute, verified, address) in [
            ("email", "email_verified", "ada@example.com"),
            ("phone_number", "phone_number_verified", "+12025550123"),
        ] {
            let pool = server.pool(addressed(&json!([attribute]))).await;
            let app = pool.client(json!({})).await;

            let person = SignedInUser::join(&app, address, json!({})).await;

            assert!(uuid::Uuid::parse_str(&person.sub).is_ok(), "{}", person.sub);
            let own = person.call("GetUser", json!({})).await.ok();
            assert_eq!(own["Username"], json!(person.sub));
            assert_eq!(attributes_of(&own), json!({attribute: address, verified: "true"}));
            assert_eq!(person.tokens.access_claims()["username"], json!(person.sub));
            assert_eq!(person.tokens.access_claims()["sub"], json!(person.sub));
            assert_eq!(person.tokens.id_claims()["cognito:username"], json!(person.sub));
            for name in [address, &person.sub] {
                let user = pool.user(name).await.ok();
                assert_eq!(user["Username"], json!(person.sub));
                app.sign_in(name).await;
            }
        }
    }

    /// The sub is accepted as username from the first moment.
    async fn a_sign_up_is_confirmed_by_sub(server: TestServer) {
        let pool = server.pool(addressed(&json!(["email"]))).await;
        let app = pool.client(json!({})).await;
        let answer = app.sign_up("ada@example.com", json!({})).await.ok();
        let sub = answer["UserSub"].as_str().unwrap();
        let code = server.inbox("ada@example.com").code().await;

        confirm_sign_up(&app, sub, &code).await.ok();

        assert_eq!(standing(&pool, sub).await.0, "CONFIRMED");
    }

    /// In a pool of both kinds either is accepted; the attribute follows from the form of the
    /// username.
    async fn either_kind_of_address_is_a_username(server: TestServer) {
        let pool = server.pool(addressed(&json!(["email", "phone_number"]))).await;
        let app = pool.client(json!({})).await;
        for (address, attribute, medium) in [
            ("ada@example.com", "email", "EMAIL"),
            ("+12025550123", "phone_number", "SMS"),
        ] {
            let answer = app.sign_up(address, json!({})).await.ok();
            assert_eq!(answer["CodeDeliveryDetails"]["AttributeName"], attribute);
            assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], medium);
            let sub = answer["UserSub"].as_str().unwrap();
            assert_eq!(pool.attribute(sub, attribute).await.as_deref(), Some(address));
        }
    }

    /// Anything else is refused, with a text per pool.
    async fn a_username_that_is_no_address_is_refused(server: TestServer) {
        for (attributes, wrong, text) in [
            (json!(["email"]), "ada", "Username should be an email."),
            (json!(["email"]), "+12025550123", "Username should be an email."),
            (json!(["phone_number"]), "ada", "Username should be a phone number."),
            (json!(["phone_number"]), "ada@example.com", "Username should be a phone number."),
            (
                json!(["email", "phone_number"]),
                "ada",
                "Username should be either an email or a phone number.",
            ),
        ] {
            let pool = server.pool(addressed(&attributes)).await;
            let app = pool.client(json!({})).await;
            let answer = app.sign_up(wrong, json!({})).await;
            let expected = ("InvalidParameterException", text);
            refused_without_trace(&pool, wrong, answer, expected).await;
        }
    }

    /// A taken address is refused, confirmed or not.
    async fn a_taken_address_is_refused(server: TestServer) {
        for (attribute, address) in [("email", "ada@example.com"), ("phone_number", "+12025550123")]
        {
            let pool = server.pool(addressed(&json!([attribute]))).await;
            let app = pool.client(json!({})).await;
            let sub = app.sign_up(address, json!({})).await.ok()["UserSub"].clone();
            let text = format!("An account with the given {attribute} already exists.");

            app.sign_up(address, json!({})).await.fails("UsernameExistsException", &text);
            let code = server.inbox(address).code().await;
            confirm_sign_up(&app, address, &code).await.ok();
            app.sign_up(address, json!({})).await.fails("UsernameExistsException", &text);

            assert_eq!(pool.user(address).await.ok()["Username"], sub);
        }
    }

    /// AdminCreateUser follows the same rules.
    async fn the_administrator_makes_users_by_address(server: TestServer) {
        let pool = server.pool(addressed(&json!(["email"]))).await;
        let input = |name: &str| json!({"Username": name, "MessageAction": "SUPPRESS"});

        let created = pool.admin("AdminCreateUser", input("ada@example.com")).await.ok();

        let user = pool.user("ada@example.com").await.ok();
        assert_eq!(created["User"]["Username"], user["Username"]);
        assert_eq!(attributes_of(&user), json!({"email": "ada@example.com"}));
        let sub = pool.attribute("ada@example.com", "sub").await.unwrap();
        assert_eq!(user["Username"], json!(sub));
        pool.admin("AdminCreateUser", input("ada"))
            .await
            .fails("InvalidParameterException", "Username should be an email.");
    }
}
