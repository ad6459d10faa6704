//! Section 3.4: VerifyUserAttribute and GetUserAttributeVerificationCode.

use serde_json::{Value, json};

use crate::support::refusals::{EXPIRED_CODE, NOT_VERIFIABLE, WRONG_CODE, refused};
use crate::support::sign_up::wrong_code_for;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

const DAY: i64 = 24 * 60 * 60;

/// A user with an unverified e-mail address and phone number, in a pool that verifies both.
async fn unverified(server: &TestServer) -> SignedInUser {
    let pool = server
        .pool(json!({"AutoVerifiedAttributes": ["email", "phone_number"]}))
        .await;
    let app = pool.client(json!({})).await;
    SignedInUser::invited(&app, "ada", contact()).await
}

fn contact() -> Value {
    json!({"email": "ada@example.com", "phone_number": "+12025559934"})
}

async fn is_verified(person: &SignedInUser, name: &str) -> bool {
    person.attribute(name).await.as_deref() == Some("true")
}

both_stores! {
    /// A code is sent to the present address, and verifies it.
    async fn a_code_on_request_verifies(server: TestServer) {
        let person = unverified(&server).await;
        for (name, address, destination, medium) in [
            ("email", "ada@example.com", "a***@e***", "EMAIL"),
            ("phone_number", "+12025559934", "+*******9934", "SMS"),
        ] {
            let answer = person.ask_code(name).await.ok();
            assert_eq!(answer, json!({"CodeDeliveryDetails": {
                "Destination": destination, "DeliveryMedium": medium, "AttributeName": name,
            }}));
            let message = server.inbox(address).next().await;
            assert_eq!(message.medium, medium);
            let code = message.code.unwrap();
            assert_eq!(code.len(), 6);
            assert!(!is_verified(&person, &format!("{name}_verified")).await);

            assert_eq!(person.verify(name, &code).await.ok(), json!({}));

            assert!(is_verified(&person, &format!("{name}_verified")).await);
        }
    }

    /// A wrong code verifies nothing, and the right one works after it.
    async fn a_wrong_code_is_refused(server: TestServer) {
        let person = unverified(&server).await;
        person.ask_code("email").await.ok();
        let code = server.inbox("ada@example.com").code().await;

        refused(&person.verify("email", wrong_code_for(&code)).await, WRONG_CODE);

        assert!(!is_verified(&person, "email_verified").await);
        person.verify("email", &code).await.ok();
    }

    /// A code that was used is expired.
    async fn a_code_works_once(server: TestServer) {
        let person = unverified(&server).await;
        person.ask_code("email").await.ok();
        let code = server.inbox("ada@example.com").code().await;
        person.verify("email", &code).await.ok();

        refused(&person.verify("email", &code).await, EXPIRED_CODE);

        assert!(is_verified(&person, "email_verified").await);
    }

    /// A code that was never asked for is expired.
    async fn a_code_that_was_never_sent_is_expired(server: TestServer) {
        let person = unverified(&server).await;
        refused(&person.verify("email", "123456").await, EXPIRED_CODE);
        assert!(!is_verified(&person, "email_verified").await);
    }

    /// Section 3.7: an attribute's code lives for 24 hours.
    async fn a_code_expires_after_a_day(server: TestServer) {
        let person = unverified(&server).await;
        person.ask_code("email").await.ok();
        person.ask_code("phone_number").await.ok();
        let email = server.inbox("ada@example.com").code().await;
        let phone = server.inbox("+12025559934").code().await;

        server.advance(DAY - 60).await;
        let person = person.again().await;
        person.verify("phone_number", &phone).await.ok();

        server.advance(61).await;
        refused(&person.verify("email", &email).await, EXPIRED_CODE);
        assert!(!is_verified(&person, "email_verified").await);
        assert!(is_verified(&person, "phone_number_verified").await);
    }

    /// The code of one attribute does not verify the other.
    async fn a_code_of_another_attribute_is_refused(server: TestServer) {
        let person = unverified(&server).await;
        person.ask_code("email").await.ok();
        let code = server.inbox("ada@example.com").code().await;

        refused(&person.verify("phone_number", &code).await, EXPIRED_CODE);

        assert!(!is_verified(&person, "phone_number_verified").await);
        person.verify("email", &code).await.ok();
    }

    /// The code of one user does not verify another's attribute.
    async fn a_code_of_another_user_is_refused(server: TestServer) {
        let ada = unverified(&server).await;
        let bob = SignedInUser::invited(&ada.app, "bob", json!({"email": "bob@example.com"})).await;
        ada.ask_code("email").await.ok();
        let code = server.inbox("ada@example.com").code().await;

        refused(&bob.verify("email", &code).await, EXPIRED_CODE);

        assert!(!is_verified(&bob, "email_verified").await);
        ada.verify("email", &code).await.ok();
    }

    /// Only addresses can be verified, by both operations, whether the user has the attribute or
    /// not.
    async fn only_addresses_are_verified(server: TestServer) {
        let person = unverified(&server).await;
        for name in ["name", "preferred_username", "email_verified", "sub", "custom:none"] {
            refused(&person.ask_code(name).await, NOT_VERIFIABLE);
            refused(&person.verify(name, "123456").await, NOT_VERIFIABLE);
        }
    }

    /// A user without an address has nothing to verify.
    async fn a_missing_address_is_refused(server: TestServer) {
        let app = server
            .pool(json!({"AutoVerifiedAttributes": ["email", "phone_number"]}))
            .await
            .client(json!({}))
            .await;
        let person = SignedInUser::join(&app, "ada", json!({})).await;
        for (name, text) in [
            ("email", "User does not have a valid registered email address"),
            ("phone_number", "User does not have a valid registered phone number"),
        ] {
            person.ask_code(name).await.fails("InvalidParameterException", text);
        }
    }

    /// An address that is verified can be verified again, and stays so in between.
    async fn a_verified_address_can_be_verified_again(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"email": "ada@example.com"})).await;

        let answer = person.ask_code("email").await.ok();

        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "a***@e***");
        assert!(is_verified(&person, "email_verified").await);
        let code = server.inbox("ada@example.com").code().await;
        person.verify("email", &code).await.ok();
        assert!(is_verified(&person, "email_verified").await);
    }

    /// A pool that verifies nothing by itself still sends a code on request.
    async fn a_code_on_request_needs_no_auto_verification(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::invited(&app, "ada", contact()).await;

        person.ask_code("email").await.ok();

        let code = server.inbox("ada@example.com").code().await;
        person.verify("email", &code).await.ok();
        assert!(is_verified(&person, "email_verified").await);
    }

    /// A code is for the address it was sent to, and verifies no other.
    async fn a_code_ends_when_its_address_changes(server: TestServer) {
        // No change sends a code here, so that nothing replaces the one that is asked for.
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::invited(&app, "ada", contact()).await;
        for change in [json!({"email": "new@home.org"}), json!({"email": ""})] {
            person.update(json!({"email": "ada@example.com"})).await.ok();
            person.ask_code("email").await.ok();
            let code = server.inbox("ada@example.com").code().await;

            person.update(change).await.ok();

            refused(&person.verify("email", &code).await, EXPIRED_CODE);
            assert!(!is_verified(&person, "email_verified").await);
        }
        // Nor when the address comes back.
        person.ask_code("phone_number").await.ok();
        let code = server.inbox("+12025559934").code().await;
        person.update_by_admin(json!({"phone_number": "+442071832076"})).await.ok();
        person.update_by_admin(json!({"phone_number": "+12025559934"})).await.ok();
        refused(&person.verify("phone_number", &code).await, EXPIRED_CODE);
        assert!(!is_verified(&person, "phone_number_verified").await);
    }

    /// A later code replaces an earlier one, whether asked for or caused by a change.
    async fn a_later_code_replaces_an_earlier_one(server: TestServer) {
        let person = unverified(&server).await;
        person.ask_code("email").await.ok();
        let first = server.inbox("ada@example.com").code().await;
        person.ask_code("email").await.ok();
        let second = server.inbox("ada@example.com").code().await;
        if first != second {
            refused(&person.verify("email", &first).await, WRONG_CODE);
        }

        person.update(json!({"email": "new@home.org"})).await.ok();
        let third = server.inbox("new@home.org").code().await;
        if second != third {
            // What was sent to the old address does not verify the new one.
            refused(&person.verify("email", &second).await, WRONG_CODE);
        }
        assert!(!is_verified(&person, "email_verified").await);
        person.verify("email", &third).await.ok();
        assert!(is_verified(&person, "email_verified").await);
    }
}
