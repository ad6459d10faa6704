//! Section 3.4: AttributesRequireVerificationBeforeUpdate.

use serde_json::{Value, json};

use crate::support::pools::{PASSWORD, laid_over};
use crate::support::refusals::{EMAIL_TAKEN, EXPIRED_CODE, NO_SUCH_USER, WRONG_CODE, refused};
use crate::support::sign_up::wrong_code_for;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

/// A verified user of a pool that keeps the old address until the new one is verified.
async fn ada(server: &TestServer, settings: Value) -> SignedInUser {
    let pool = json!({
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    });
    let app = server
        .pool(laid_over(pool, settings))
        .await
        .client(json!({}))
        .await;
    SignedInUser::join(&app, "ada", json!({"email": "ada@example.com"})).await
}

fn verified(address: &str) -> Value {
    json!({"email": address, "email_verified": "true"})
}

/// A pool whose usernames are addresses, which wait for their verification.
fn waiting_usernames() -> Value {
    json!({
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    })
}

fn new_address() -> Value {
    json!({"email": "new@home.org"})
}

both_stores! {
    /// The old value stays, verified, until the new one is; the code goes to the new address.
    async fn the_old_address_stays_until_the_new_one_is_verified(server: TestServer) {
        let person = ada(&server, json!({})).await;

        let answer = person.update(new_address()).await.ok();

        assert_eq!(answer["CodeDeliveryDetailsList"], json!([{
            "Destination": "n***@h***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
        }]));
        assert_eq!(person.own().await, verified("ada@example.com"));
        assert_eq!(person.stored().await, verified("ada@example.com"));
        server.inbox("ada@example.com").stays_empty().await;
        let code = server.inbox("new@home.org").code().await;

        assert_eq!(person.verify("email", &code).await.ok(), json!({}));

        assert_eq!(person.own().await, verified("new@home.org"));
        assert_eq!(person.stored().await, verified("new@home.org"));
        // Nothing is pending any more.
        refused(&person.verify("email", &code).await, EXPIRED_CODE);
    }

    /// Other attributes of the same call are stored at once.
    async fn other_attributes_do_not_wait(server: TestServer) {
        let person = ada(&server, json!({})).await;

        person.update(json!({"email": "new@home.org", "name": "Ada"})).await.ok();

        let expected = laid_over(verified("ada@example.com"), json!({"name": "Ada"}));
        assert_eq!(person.own().await, expected);
    }

    /// The value that is already stored is no change: nothing is sent, and it stays verified.
    async fn the_same_address_is_no_change(server: TestServer) {
        let person = ada(&server, json!({})).await;

        let answer = person.update(json!({"email": "ada@example.com"})).await.ok();

        let list = &answer["CodeDeliveryDetailsList"];
        assert!(list.is_null() || *list == json!([]), "{answer}");
        server.inbox("ada@example.com").stays_empty().await;
        assert_eq!(person.own().await, verified("ada@example.com"));
    }

    /// Address and number change in one call, and each waits for its own code.
    async fn address_and_number_wait_side_by_side(server: TestServer) {
        let both = json!(["email", "phone_number"]);
        let pool = server
            .pool(json!({
                "AutoVerifiedAttributes": both,
                "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": both},
            }))
            .await;
        let app = pool.client(json!({})).await;
        let old = json!({
            "email": "ada@example.com", "email_verified": "true",
            "phone_number": "+12025550123", "phone_number_verified": "true",
        });
        let person = SignedInUser::invited(&app, "ada", old.clone()).await;
        let new = json!({"email": "new@home.org", "phone_number": "+12025559934"});

        let answer = person.update(new).await.ok();

        let mut told: Vec<_> = answer["CodeDeliveryDetailsList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|details| details["Destination"].as_str().unwrap())
            .collect();
        told.sort_unstable();
        assert_eq!(told, ["+*******9934", "n***@h***"]);
        assert_eq!(person.own().await, old);
        let code = server.inbox("+12025559934").code().await;
        person.verify("phone_number", &code).await.ok();
        let half = laid_over(old, json!({"phone_number": "+12025559934"}));
        assert_eq!(person.own().await, half);
        let code = server.inbox("new@home.org").code().await;
        person.verify("email", &code).await.ok();
        assert_eq!(person.own().await, laid_over(half, json!({"email": "new@home.org"})));
    }

    /// A later change of something else leaves the address waiting.
    async fn a_later_change_leaves_it_waiting(server: TestServer) {
        let person = ada(&server, json!({})).await;
        person.update(new_address()).await.ok();
        let code = server.inbox("new@home.org").code().await;

        person.update(json!({"name": "Ada"})).await.ok();
        person.update_by_admin(json!({"nickname": "Countess"})).await.ok();
        person.verify("email", &code).await.ok();

        let names = json!({"name": "Ada", "nickname": "Countess"});
        assert_eq!(person.own().await, laid_over(verified("new@home.org"), names));
    }

    /// A wrong code or a late one stores nothing.
    async fn without_the_code_nothing_is_stored(server: TestServer) {
        let person = ada(&server, json!({})).await;
        person.update(new_address()).await.ok();
        let code = server.inbox("new@home.org").code().await;

        refused(&person.verify("email", wrong_code_for(&code)).await, WRONG_CODE);
        assert_eq!(person.own().await, verified("ada@example.com"));

        server.advance(24 * 60 * 60 + 1).await;
        let person = person.again().await;
        refused(&person.verify("email", &code).await, EXPIRED_CODE);
        assert_eq!(person.own().await, verified("ada@example.com"));
    }

    /// The user signs in by the old alias until the new one is verified.
    async fn the_old_alias_signs_in_meanwhile(server: TestServer) {
        let person = ada(&server, json!({"AliasAttributes": ["email"]})).await;
        person.update(new_address()).await.ok();

        person.app.sign_in("ada@example.com").await;
        refused(&person.app.initiate("new@home.org", PASSWORD).await, NO_SUCH_USER);

        let code = server.inbox("new@home.org").code().await;
        person.verify("email", &code).await.ok();
        person.app.sign_in("new@home.org").await;
        refused(&person.app.initiate("ada@example.com", PASSWORD).await, NO_SUCH_USER);
    }

    /// The same with an address that is the username.
    async fn the_old_username_signs_in_meanwhile(server: TestServer) {
        let app = server.pool(waiting_usernames()).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada@example.com", json!({})).await;
        person.update(new_address()).await.ok();

        app.sign_in("ada@example.com").await;
        refused(&app.initiate("new@home.org", PASSWORD).await, NO_SUCH_USER);

        let code = server.inbox("new@home.org").code().await;
        person.verify("email", &code).await.ok();
        app.sign_in("new@home.org").await;
        refused(&app.initiate("ada@example.com", PASSWORD).await, NO_SUCH_USER);
    }

    /// A code on request goes to the present address, not to the one that waits.
    async fn a_code_on_request_goes_to_the_present_address(server: TestServer) {
        let person = ada(&server, json!({})).await;
        person.update(new_address()).await.ok();
        server.inbox("new@home.org").code().await;

        let answer = person.ask_code("email").await.ok();

        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "a***@e***");
        server.inbox("ada@example.com").code().await;
        server.inbox("new@home.org").stays_empty().await;
        assert_eq!(person.own().await, verified("ada@example.com"));
    }

    /// The code that was sent to the present address does not verify the one that waits.
    async fn a_code_for_the_present_address_does_not_store_the_new_one(server: TestServer) {
        let person = ada(&server, json!({})).await;
        person.update(new_address()).await.ok();
        person.ask_code("email").await.ok();
        let code = server.inbox("ada@example.com").code().await;

        person.verify("email", &code).await;

        assert_eq!(person.own().await, verified("ada@example.com"));
    }

    /// Updating once more sends the new address another code, with which the value is stored.
    async fn updating_again_sends_another_code(server: TestServer) {
        let person = ada(&server, json!({})).await;
        let inbox = server.inbox("new@home.org");
        person.update(new_address()).await.ok();
        let first = inbox.code().await;

        let answer = person.update(new_address()).await.ok();

        assert_eq!(answer["CodeDeliveryDetailsList"][0]["Destination"], "n***@h***");
        let second = inbox.code().await;
        if first != second {
            refused(&person.verify("email", &first).await, WRONG_CODE);
        }
        person.verify("email", &second).await.ok();
        assert_eq!(person.own().await, verified("new@home.org"));
    }

    /// A third address replaces the one that waits.
    async fn a_third_address_replaces_the_second(server: TestServer) {
        let person = ada(&server, json!({})).await;
        person.update(new_address()).await.ok();
        let second = server.inbox("new@home.org").code().await;
        person.update(json!({"email": "third@home.org"})).await.ok();
        let third = server.inbox("third@home.org").code().await;

        if second != third {
            refused(&person.verify("email", &second).await, WRONG_CODE);
            assert_eq!(person.own().await, verified("ada@example.com"));
        }

        person.verify("email", &third).await.ok();
        assert_eq!(person.own().await, verified("third@home.org"));
    }

    /// An address that another user verified meanwhile cannot be stored.
    async fn an_alias_that_was_taken_meanwhile_is_refused(server: TestServer) {
        let person = ada(&server, json!({"AliasAttributes": ["email"]})).await;
        person.update(new_address()).await.ok();
        let code = server.inbox("new@home.org").code().await;
        let bob = SignedInUser::join(&person.app, "bob", new_address()).await;

        refused(&person.verify("email", &code).await, EMAIL_TAKEN);

        assert_eq!(person.own().await, verified("ada@example.com"));
        assert_eq!(bob.own().await, verified("new@home.org"));
        person.app.sign_in("ada@example.com").await;
    }

    /// An address that another user signed up with meanwhile cannot be stored.
    async fn a_username_that_was_taken_meanwhile_is_refused(server: TestServer) {
        let app = server.pool(waiting_usernames()).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada@example.com", json!({})).await;
        person.update(new_address()).await.ok();
        let code = server.inbox("new@home.org").code().await;
        let bob = SignedInUser::join(&app, "new@home.org", json!({})).await;

        refused(&person.verify("email", &code).await, EMAIL_TAKEN);

        assert_eq!(person.own().await, verified("ada@example.com"));
        let tokens = app.sign_in("new@home.org").await;
        assert_eq!(tokens.access_claims()["sub"], json!(bob.sub));
        app.sign_in("ada@example.com").await;
    }

    /// A phone number waits as an address does.
    async fn a_number_waits_too(server: TestServer) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["phone_number"],
            "UserAttributeUpdateSettings": {
                "AttributesRequireVerificationBeforeUpdate": ["phone_number"],
            },
        })).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"phone_number": "+12025550123"})).await;

        let answer = person.update(json!({"phone_number": "+442071832076"})).await.ok();

        assert_eq!(answer["CodeDeliveryDetailsList"], json!([{
            "Destination": "+********2076", "DeliveryMedium": "SMS",
            "AttributeName": "phone_number",
        }]));
        assert_eq!(person.own().await, json!({
            "phone_number": "+12025550123", "phone_number_verified": "true",
        }));
        let code = server.inbox("+442071832076").code().await;
        person.verify("phone_number", &code).await.ok();
        assert_eq!(person.own().await, json!({
            "phone_number": "+442071832076", "phone_number_verified": "true",
        }));
    }

    /// An address that the setting does not name is stored at once.
    async fn an_attribute_that_the_setting_does_not_name_is_stored_at_once(server: TestServer) {
        let settings = json!({"AutoVerifiedAttributes": ["email", "phone_number"]});
        let person = ada(&server, settings).await;

        person.update(json!({"phone_number": "+12025550123"})).await.ok();

        assert_eq!(person.attribute("phone_number").await.as_deref(), Some("+12025550123"));
        assert_eq!(person.attribute("phone_number_verified").await.as_deref(), Some("false"));
    }

    /// An administrator who marks the address as verified stores it at once.
    async fn an_address_that_the_administrator_verifies_is_stored_at_once(server: TestServer) {
        let person = ada(&server, json!({})).await;

        let answer = person.update_by_admin(verified("new@home.org")).await.ok();

        assert_eq!(answer, json!({}));
        assert_eq!(person.own().await, verified("new@home.org"));
    }

    /// Without the flag the administrator's change waits as the user's does.
    async fn an_address_of_the_administrator_waits_unless_verified(server: TestServer) {
        let person = ada(&server, json!({})).await;

        person.update_by_admin(new_address()).await.ok();

        assert_eq!(person.own().await, verified("ada@example.com"));
        let code = server.inbox("new@home.org").code().await;
        person.verify("email", &code).await.ok();
        assert_eq!(person.own().await, verified("new@home.org"));
    }
}
