//! Sections 2.2 and 2.4: the four data types with their constraints, on every way in.

use serde_json::{Value, json};

use crate::support::attributes::{
    create_with_list, custom_attribute, one_attribute, sign_up_with_list,
};
use crate::support::pools::{Pool, laid_over};
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

/// One custom attribute of each type: a text of 3 to 10 characters, a number from 1 to 10.
async fn pool(server: &TestServer) -> Pool {
    let text = json!({"StringAttributeConstraints": {"MinLength": "3", "MaxLength": "10"}});
    let age = json!({"NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "10"}});
    server
        .pool(json!({"Schema": [
            laid_over(custom_attribute("text", "String", true), text),
            laid_over(custom_attribute("age", "Number", true), age),
            custom_attribute("any", "String", true),
            custom_attribute("count", "Number", true),
            custom_attribute("flag", "Boolean", true),
            custom_attribute("when", "DateTime", true),
            custom_attribute("role", "String", false),
        ]}))
        .await
}

/// Values within the constraints, at their ends too; lengths are of characters.
fn accepted() -> Vec<(&'static str, &'static str)> {
    vec![
        ("custom:text", "abc"),
        ("custom:text", "abcdefghij"),
        ("custom:text", "日本語"),
        ("custom:text", "äöüäöüäöüä"),
        ("custom:any", "x"),
        ("custom:age", "1"),
        ("custom:age", "10"),
        ("custom:count", "0"),
        ("custom:count", "-7"),
        ("custom:count", "9007199254740993"),
        ("custom:flag", "true"),
        ("custom:flag", "false"),
        ("custom:when", "2024-01-31T12:00:00Z"),
        ("birthdate", "1815-12-10"),
    ]
}

/// Values that break a rule, and the detail that tells of it.
fn refused_values() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        (
            "custom:text",
            "ab",
            "String must be no shorter than 3 characters",
        ),
        (
            "custom:text",
            "abcdefghijk",
            "String must be no longer than 10 characters",
        ),
        (
            "custom:text",
            "日本",
            "String must be no shorter than 3 characters",
        ),
        ("custom:age", "0", "Number must be no less than 1"),
        ("custom:age", "11", "Number must be no greater than 10"),
        ("custom:age", "five", "Value is not a number"),
        ("custom:age", "5 apples", "Value is not a number"),
        ("updated_at", "yesterday", "Value is not a number"),
        ("updated_at", "-1", "Number must be no less than 0"),
        ("custom:flag", "maybe", "Value is not a boolean"),
        ("custom:when", "banana", "Value is not a date and time"),
        (
            "custom:none",
            "x",
            "Attribute does not exist in the schema.",
        ),
        ("none", "x", "Attribute does not exist in the schema."),
        (
            "birthdate",
            "2000-1-31",
            "String must be no shorter than 10 characters",
        ),
        (
            "birthdate",
            "2000-01-031",
            "String must be no longer than 10 characters",
        ),
    ]
}

both_stores! {
    /// Each operation accepts a fitting value, which is read back as it was written.
    async fn fitting_values_are_stored_as_they_were_given(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        let bob = SignedInUser::join(&app, "bob", json!({})).await;
        for (number, (name, value)) in accepted().into_iter().enumerate() {
            let list = one_attribute(name, value);
            let expected = Some(value.to_owned());
            let (new, created) = (format!("new{number}"), format!("created{number}"));
            sign_up_with_list(&app, &new, &list).await.ok();
            assert_eq!(pool.attribute(&new, name).await, expected, "SignUp {name}");
            create_with_list(&pool, &created, &list).await.ok();
            assert_eq!(pool.attribute(&created, name).await, expected, "AdminCreateUser {name}");
            ada.update_list(list.clone()).await.ok();
            assert_eq!(ada.own().await[name], json!(value));
            bob.update_list_by_admin(list).await.ok();
            assert_eq!(bob.attribute(name).await, expected, "AdminUpdateUserAttributes {name}");
        }
    }

    /// SignUp and AdminCreateUser each have their own text, and make no user.
    async fn a_value_against_its_type_makes_no_user(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        for (name, value, detail) in refused_values() {
            let text = format!("Attributes did not conform to the schema: {name}: {detail}\n");
            for answer in [
                sign_up_with_list(&app, "ada", &one_attribute(name, value)).await,
                create_with_list(&pool, "ada", &one_attribute(name, value)).await,
            ] {
                answer.fails("InvalidParameterException", &text);
            }
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }
    }

    /// UpdateUserAttributes has a text of its own.
    async fn a_value_against_its_type_updates_nothing(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"custom:text": "kept"})).await;
        for (name, value, detail) in refused_values() {
            let text = format!("user.{name}: {detail}\n");
            let answer = person.update_list(one_attribute(name, value)).await;
            answer.fails("InvalidParameterException", &text);
            assert_eq!(person.own().await, json!({"custom:text": "kept"}));
        }
    }

    /// One text lists several violations, in the order of the request.
    async fn several_violations_are_reported_together(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({})).await;
        let list = json!([
            {"Name": "custom:foo", "Value": "x"},
            {"Name": "custom:bar", "Value": "x"},
        ]);
        let text = "Attributes did not conform to the schema: \
                    custom:foo: Attribute does not exist in the schema.\n\
                    custom:bar: Attribute does not exist in the schema.\n";
        sign_up_with_list(&app, "bob", &list).await.fails("InvalidParameterException", text);
        create_with_list(&pool, "bob", &list).await.fails("InvalidParameterException", text);
        person.update_list(list).await.fails(
            "InvalidParameterException",
            "user.custom:foo: Attribute does not exist in the schema.\n\
             user.custom:bar: Attribute does not exist in the schema.\n",
        );
        refused(&pool.user("bob").await, NO_SUCH_USER);
    }

    /// AdminUpdateUserAttributes has a third text, which names the user's attributes only where it
    /// knows none.
    async fn an_admin_update_reports_a_value_against_its_type(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"custom:text": "kept"})).await;
        for (name, value, detail) in refused_values() {
            let owner = if detail.contains("does not exist") { "user." } else { "" };
            let text = format!("Invalid user attributes: {owner}{name}: {detail}\n");
            let answer = person.update_list_by_admin(one_attribute(name, value)).await;
            answer.fails("InvalidParameterException", &text);
            assert_eq!(person.own().await, json!({"custom:text": "kept"}));
        }
    }

    /// Section 1.3: numbers and booleans are sent as strings.
    async fn values_that_are_no_strings_are_refused(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        for (name, value) in [("custom:age", json!(5)), ("custom:flag", json!(true))] {
            let list = json!([{"Name": name, "Value": value}]);
            for answer in [
                sign_up_with_list(&app, "ada", &list).await,
                create_with_list(&pool, "ada", &list).await,
            ] {
                answer.fails_as("SerializationException");
            }
        }
        refused(&pool.user("ada").await, NO_SUCH_USER);
    }

    /// SignUp and AdminCreateUser set it; every later write is refused.
    async fn an_immutable_attribute_is_set_when_the_user_is_made_and_never_after(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let role = json!({"custom:role": "reader"});
        for person in [
            SignedInUser::join(&app, "ada", role.clone()).await,
            SignedInUser::invited(&app, "bob", role.clone()).await,
        ] {
            person.update(json!({"custom:role": "writer"})).await.fails(
                "InvalidParameterException",
                "user.custom:role: Attribute cannot be updated.\n",
            );
            assert_eq!(person.own().await, role);
        }
    }

    /// Section 4.1: a custom value is a string in the ID token, whatever its type.
    async fn custom_values_are_strings_in_the_id_token(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let attributes: Value = json!({
            "custom:text": "abc", "custom:age": "7", "custom:flag": "true",
            "custom:when": "2024-01-31T12:00:00Z",
        });
        let person = SignedInUser::join(&app, "ada", attributes.clone()).await;
        let claims = person.tokens.id_claims();
        for (name, value) in attributes.as_object().unwrap() {
            assert_eq!(&claims[name], value);
        }
    }
}
