//! Section 2.4: AdminUpdateUserAttributes and AdminDeleteUserAttributes.

use serde_json::{Value, json};

use crate::support::attributes::{custom_attribute, one_attribute};
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

/// Ada, with a custom attribute that changes and one that does not.
async fn ada(server: &TestServer, attributes: Value) -> SignedInUser {
    let pool = server
        .pool(json!({"Schema": [custom_attribute("dept", "String", true), custom_attribute("role", "String", false)]}))
        .await;
    let app = pool.client(json!({})).await;
    SignedInUser::invited(&app, "ada", attributes).await
}

/// Asserts that the administrator's update with `list` is refused and nothing has changed.
async fn refuses(person: &SignedInUser, list: Value, text: &str) {
    let before = person.stored().await;
    let answer = person.update_list_by_admin(list.clone()).await;
    let got = (answer.type_.as_deref(), answer.message.as_deref());
    assert_eq!(
        got,
        (Some("InvalidParameterException"), Some(text)),
        "{list}"
    );
    assert_eq!(person.stored().await, before, "{list}");
}

both_stores! {
    /// AdminUpdateUserAttributes changes and adds attributes, and removes those with the empty
    /// value.
    async fn an_admin_update_changes_adds_and_removes_attributes(server: TestServer) {
        let person = ada(&server, json!({"name": "Ada", "nickname": "Countess"})).await;

        let answer = person
            .update_by_admin(json!({"name": "Augusta", "nickname": "", "custom:dept": "engines"}))
            .await
            .ok();

        assert_eq!(answer, json!({}));
        let expected = json!({"name": "Augusta", "custom:dept": "engines"});
        assert_eq!(person.stored().await, expected);
        assert_eq!(person.own().await, expected);
    }

    /// The error for a value against the schema begins otherwise than the user's.
    async fn an_admin_update_against_the_schema_is_refused(server: TestServer) {
        let person = ada(&server, json!({"custom:role": "reader"})).await;
        for (name, value, text) in [
            (
                "birthdate",
                "2000-1-31",
                "Invalid user attributes: birthdate: \
                 String must be no shorter than 10 characters\n",
            ),
            (
                "birthdate",
                "2000-01-031",
                "Invalid user attributes: birthdate: \
                 String must be no longer than 10 characters\n",
            ),
            (
                "custom:foo",
                "x",
                "Invalid user attributes: user.custom:foo: \
                 Attribute does not exist in the schema.\n",
            ),
            // Without the beginning, as it was seen.
            ("custom:role", "writer", "user.custom:role: Attribute cannot be updated.\n"),
            ("sub", "me", "Cannot modify the non-mutable attribute sub"),
            ("email", "nope", "Invalid email address format."),
            ("phone_number", "12345", "Invalid phone number format."),
        ] {
            refuses(&person, one_attribute(name, value), text).await;
        }
        refuses(
            &person,
            json!([{"Name": "custom:foo", "Value": "x"}, {"Name": "custom:bar", "Value": "x"}]),
            "Invalid user attributes: \
             user.custom:foo: Attribute does not exist in the schema.\n\
             user.custom:bar: Attribute does not exist in the schema.\n",
        ).await;
    }

    /// A value must be present; that is checked before the schema.
    async fn a_null_value_is_refused_before_the_schema_is_checked(server: TestServer) {
        let person = ada(&server, json!({"email": "ada@example.com"})).await;
        for name in ["email", "custom:role", "custom:foo"] {
            let text = format!("Attribute value for {name} must not be null");
            refuses(&person, json!([{"Name": name}]), &text).await;
            refuses(&person, json!([{"Name": name, "Value": null}]), &text).await;
        }
    }

    /// One text lists faults of several kinds, in the order of the request.
    async fn faults_of_several_kinds_are_reported_together(server: TestServer) {
        let person = ada(&server, json!({"custom:role": "reader"})).await;
        refuses(
            &person,
            json!([
                {"Name": "custom:role", "Value": "writer"},
                {"Name": "custom:foo", "Value": "x"},
                {"Name": "birthdate", "Value": "2000"},
            ]),
            "Invalid user attributes: \
             user.custom:role: Attribute cannot be updated.\n\
             user.custom:foo: Attribute does not exist in the schema.\n\
             birthdate: String must be no shorter than 10 characters\n",
        ).await;
    }

    /// `email_verified` needs an `email`, `phone_number_verified` a `phone_number`.
    async fn a_verified_flag_without_its_address_is_refused(server: TestServer) {
        let person = ada(&server, json!({})).await;
        for value in ["true", "false"] {
            refuses(
                &person,
                one_attribute("email_verified", value),
                "Email is required to verify/un-verify an email",
            ).await;
            refuses(
                &person,
                one_attribute("phone_number_verified", value),
                "Phone Number is required to verify/un-verify a phone number",
            ).await;
        }
    }

    /// With an address the administrator may set its flag either way.
    async fn an_admin_update_marks_an_address_verified_or_unverified(server: TestServer) {
        let contact = json!({"email": "ada@example.com", "phone_number": "+12025550123"});
        let person = ada(&server, contact.clone()).await;

        person
            .update_by_admin(json!({"email_verified": "true", "phone_number_verified": "true"}))
            .await
            .ok();
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("true"));
        assert_eq!(person.attribute("phone_number_verified").await.as_deref(), Some("true"));

        person.update_by_admin(json!({"email_verified": "false"})).await.ok();
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("false"));
        assert_eq!(person.attribute("phone_number_verified").await.as_deref(), Some("true"));

        person
            .update_by_admin(json!({"email": "new@home.org", "email_verified": "true"}))
            .await
            .ok();
        assert_eq!(person.attribute("email").await.as_deref(), Some("new@home.org"));
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("true"));
        server.inbox("new@home.org").stays_empty().await;
    }

    /// A new address without its flag is unverified.
    async fn a_new_address_is_unverified_unless_the_administrator_says_so(server: TestServer) {
        let verified = json!({"email": "ada@example.com", "email_verified": "true"});
        let person = ada(&server, verified.clone()).await;

        // The same address changes nothing.
        person.update_by_admin(json!({"email": "ada@example.com"})).await.ok();
        assert_eq!(person.stored().await, verified);

        person.update_by_admin(json!({"email": "new@home.org"})).await.ok();
        assert_eq!(person.stored().await, json!({"email": "new@home.org"}));
    }

    /// An alias that is set and verified in one call moves from the user that had it.
    async fn a_verified_alias_moves_from_its_former_owner(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let address = json!({"email": "shared@example.com", "email_verified": "true"});
        let ada = SignedInUser::invited(&app, "ada", address.clone()).await;
        let bob = SignedInUser::invited(&app, "bob", json!({})).await;

        bob.update_by_admin(address.clone()).await.ok();

        assert_eq!(bob.stored().await, address);
        assert_eq!(ada.stored().await, json!({"email": "shared@example.com"}));
        assert_eq!(ada.attribute("email_verified").await.as_deref(), Some("false"));
        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
    }

    /// The named attributes are removed; naming an absent one is no error.
    async fn an_admin_delete_removes_the_named_attributes(server: TestServer) {
        let person = ada(&server, json!({
            "name": "Ada", "nickname": "Countess", "custom:dept": "engines",
            "email": "ada@example.com", "email_verified": "true",
        })).await;
        let pool = &person.app.pool;
        let names = json!(["nickname", "custom:dept", "email", "website"]);
        let input = json!({"Username": "ada", "UserAttributeNames": names});

        let answer = pool.admin("AdminDeleteUserAttributes", input).await.ok();

        assert_eq!(answer, json!({}));
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// Immutable attributes stay, and unknown names are reported.
    async fn an_admin_delete_of_an_immutable_or_unknown_attribute_is_refused(server: TestServer) {
        let attributes = json!({"name": "Ada", "custom:role": "reader"});
        let person = ada(&server, attributes.clone()).await;
        for (name, text) in [
            ("sub", "Cannot modify the non-mutable attribute sub"),
            ("custom:role", "user.custom:role: Attribute cannot be updated.\n"),
            (
                "custom:foo",
                "Invalid user attributes: user.custom:foo: \
                 Attribute does not exist in the schema.\n",
            ),
        ] {
            let input = json!({"Username": "ada", "UserAttributeNames": ["name", name]});
            let answer = person.app.pool.admin("AdminDeleteUserAttributes", input).await;
            answer.fails("InvalidParameterException", text);
            assert_eq!(person.stored().await, attributes);
        }
    }

    /// Changing a user who does not exist is refused.
    async fn changing_an_unknown_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (operation, input) in [
            (
                "AdminUpdateUserAttributes",
                json!({"Username": "nobody", "UserAttributes": one_attribute("name", "x")}),
            ),
            (
                "AdminDeleteUserAttributes",
                json!({"Username": "nobody", "UserAttributeNames": ["name"]}),
            ),
        ] {
            refused(&pool.admin(operation, input).await, NO_SUCH_USER);
        }
    }

    /// Section 3.2: a user is found by name, by a verified alias and by sub.
    async fn a_user_is_found_by_username_alias_and_sub(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let address = json!({"email": "ada@example.com", "email_verified": "true"});
        let person = SignedInUser::invited(&app, "ada", address).await;
        for (number, name) in ["ada", "ada@example.com", &person.sub].into_iter().enumerate() {
            let value = format!("name{number}");
            let input = json!({"Username": name, "UserAttributes": one_attribute("name", &value)});
            pool.admin("AdminUpdateUserAttributes", input).await.ok();
            assert_eq!(pool.attribute("ada", "name").await, Some(value));
        }
    }
}
