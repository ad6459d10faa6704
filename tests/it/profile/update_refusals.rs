//! Section 2.4: what UpdateUserAttributes refuses, in which words, and which of two comes first.

use serde_json::{Value, json};

use crate::support::pools::Pool;
use crate::support::refusals::{UNAUTHORIZED_WRITE, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{Answer, TestServer, both_stores};

/// A pool with a custom attribute of 36 characters, one of at most ten and two that never change.
async fn pool(server: &TestServer) -> Pool {
    let length = |min: &str, max: &str| json!({"MinLength": min, "MaxLength": max});
    let custom = |name: &str, mutable: bool, constraints: Value| {
        json!({
            "Name": name, "AttributeDataType": "String", "Mutable": mutable,
            "StringAttributeConstraints": constraints,
        })
    };
    server
        .pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Schema": [
                custom("cart_uuid", true, length("36", "36")),
                custom("x", true, length("0", "10")),
                custom("role", false, length("0", "20")),
                custom("never_set", false, length("5", "20")),
                {"Name": "family_name", "AttributeDataType": "String", "Mutable": false},
            ],
        }))
        .await
}

async fn ada(server: &TestServer) -> SignedInUser {
    let app = pool(server).await.client(json!({})).await;
    let attributes = json!({
        "email": "ada@example.com", "custom:role": "reader", "family_name": "King",
    });
    SignedInUser::join(&app, "ada", attributes).await
}

/// Asserts that an update with `list` is refused with `text`, and that nothing has changed.
async fn refuses(person: &SignedInUser, list: Value, text: &str) {
    let before = person.stored().await;
    let answer: Answer = person.update_list(list.clone()).await;
    let got = (answer.type_.as_deref(), answer.message.as_deref());
    assert_eq!(
        got,
        (Some("InvalidParameterException"), Some(text)),
        "{list}"
    );
    assert_eq!(person.stored().await, before, "{list}");
}

fn one(name: &str, value: &str) -> Value {
    json!([{"Name": name, "Value": value}])
}

both_stores! {
    /// Attributes that belong to the server are refused.
    async fn the_servers_own_attributes_are_not_written(server: TestServer) {
        let person = ada(&server).await;
        for name in ["sub", "email_verified", "phone_number_verified"] {
            let text = format!("Cannot modify the non-mutable attribute {name}");
            for value in ["true", "false", "anything", ""] {
                refuses(&person, one(name, value), &text).await;
            }
            refuses(&person, json!([{"Name": name}]), &text).await;
        }
    }

    /// A value must be present.
    async fn a_null_value_is_refused(server: TestServer) {
        let person = ada(&server).await;
        let text = "Attribute value for email must not be null";
        refuses(&person, json!([{"Name": "email"}]), text).await;
        refuses(&person, json!([{"Name": "email", "Value": null}]), text).await;
    }

    /// A missing value is reported before the schema is checked.
    async fn a_null_value_is_refused_before_the_schema_is_checked(server: TestServer) {
        let person = ada(&server).await;
        for name in ["custom:role", "foo", "custom:none"] {
            let text = format!("Attribute value for {name} must not be null");
            refuses(&person, json!([{"Name": name}]), &text).await;
        }
    }

    /// An immutable attribute is not updated, deleted by the empty value, or set for the first
    /// time.
    async fn immutable_attributes_are_not_changed(server: TestServer) {
        let person = ada(&server).await;
        for (name, value) in [
            ("custom:role", "writer"),
            ("custom:role", ""),
            ("custom:never_set", "something"),
            ("custom:never_set", ""),
            ("family_name", "Byron"),
        ] {
            let text = format!("user.{name}: Attribute cannot be updated.\n");
            refuses(&person, one(name, value), &text).await;
        }
    }

    /// Lengths of custom and of standard attributes.
    async fn lengths_out_of_bounds_are_refused(server: TestServer) {
        let person = ada(&server).await;
        for (name, value, detail) in [
            ("custom:cart_uuid", "too-short", "String must be no shorter than 36 characters"),
            ("custom:x", "01234567890", "String must be no longer than 10 characters"),
            ("birthdate", "2000-1-31", "String must be no shorter than 10 characters"),
            ("birthdate", "2000-01-031", "String must be no longer than 10 characters"),
        ] {
            refuses(&person, one(name, value), &format!("user.{name}: {detail}\n")).await;
        }
    }

    /// Unknown attributes, one by one or several together.
    async fn unknown_attributes_are_refused(server: TestServer) {
        let person = ada(&server).await;
        for name in ["foo", "custom:none", "cart_uuid", "Email"] {
            let text = format!("user.{name}: Attribute does not exist in the schema.\n");
            refuses(&person, one(name, "x"), &text).await;
        }
        let several = json!([
            {"Name": "custom:foo", "Value": "x"},
            {"Name": "custom:bar", "Value": "x"},
        ]);
        refuses(
            &person,
            several,
            "user.custom:foo: Attribute does not exist in the schema.\n\
             user.custom:bar: Attribute does not exist in the schema.\n",
        ).await;
    }

    /// One text lists faults of several kinds, in the order of the request.
    async fn faults_of_several_kinds_are_reported_together(server: TestServer) {
        let person = ada(&server).await;
        let several = json!([
            {"Name": "custom:role", "Value": "writer"},
            {"Name": "nickname", "Value": "Countess"},
            {"Name": "foo", "Value": "x"},
            {"Name": "custom:x", "Value": "01234567890"},
            {"Name": "custom:cart_uuid", "Value": "too-short"},
        ]);
        refuses(
            &person,
            several,
            "user.custom:role: Attribute cannot be updated.\n\
             user.foo: Attribute does not exist in the schema.\n\
             user.custom:x: String must be no longer than 10 characters\n\
             user.custom:cart_uuid: String must be no shorter than 36 characters\n",
        ).await;
    }

    /// Addresses have formats.
    async fn malformed_addresses_are_refused(server: TestServer) {
        let person = ada(&server).await;
        for value in ["nope", "ada@", "@example.com", "ada@example@com", "ada king@example.com"] {
            refuses(&person, one("email", value), "Invalid email address format.").await;
        }
        for value in ["12025550123", "+", "+1202555abcd", "+1 202 555 0123", "phone"] {
            refuses(&person, one("phone_number", value), "Invalid phone number format.").await;
        }
        for update in [
            json!({"email": "ada.king+inbox@sub.example.co"}),
            json!({"phone_number": "+442071832076"}),
        ] {
            person.update(update).await.ok();
        }
    }

    /// What the client may not write is reported first, whatever the schema says of it.
    async fn a_missing_permission_is_refused_before_the_schema_is_checked(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({"WriteAttributes": ["email", "custom:x"]})).await;
        let person = SignedInUser::invited(&app, "ada", json!({"custom:role": "reader"})).await;
        let before = person.stored().await;
        for (name, value) in [
            ("name", "Ada"),
            ("name", ""),
            ("custom:role", "writer"),
            ("custom:cart_uuid", "too-short"),
            ("birthdate", "short"),
        ] {
            refused(&person.update(json!({name: value})).await, UNAUTHORIZED_WRITE);
        }
        // One that may be written does not help another.
        refused(
            &person.update(json!({"custom:x": "ok", "name": "Ada"})).await,
            UNAUTHORIZED_WRITE,
        );
        assert_eq!(person.stored().await, before);
        person.update(json!({"custom:x": "ok"})).await.ok();
    }

    /// A required attribute is changed, but not deleted.
    async fn required_attributes_are_not_deleted(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [
                {"Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": true},
            ],
        })).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"email": "ada@example.com"})).await;
        let text = "user.email: Required attribute cannot be deleted.";

        refuses(&person, one("email", ""), text).await;
        person.delete(&["email"]).await.fails("InvalidParameterException", text);
        assert_eq!(person.stored().await, json!({"email": "ada@example.com"}));

        person.update(json!({"email": "new@home.org"})).await.ok();
    }

    /// Section 1.3: a value is a JSON string, whatever the attribute's type.
    async fn values_that_are_no_strings_are_refused(server: TestServer) {
        let person = ada(&server).await;
        let before = person.stored().await;
        for value in [json!(5), json!(true), json!(["x"]), json!({"x": "y"})] {
            let list = json!([{"Name": "custom:x", "Value": value}]);
            person.update_list(list).await.fails_as("SerializationException");
        }
        assert_eq!(person.stored().await, before);
    }

    /// Sections 1.4 and 2.2: no value is longer than 2048 characters, and none is shown.
    async fn a_value_longer_than_2048_is_refused_and_not_shown(server: TestServer) {
        let person = ada(&server).await;
        let text = "1 validation error detected: Value at 'userAttributes.1.member.value' failed \
                    to satisfy constraint: Member must have length less than or equal to 2048";

        refuses(&person, one("name", &"a".repeat(2049)), text).await;

        let longest = "a".repeat(2048);
        person.update(json!({"name": longest})).await.ok();
        assert_eq!(person.attribute("name").await, Some(longest));
    }
}
