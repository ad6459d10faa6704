//! Sections 2.4 and 2.5: required attributes.

use serde_json::{Value, json};

use crate::support::attributes::{create_with_list, sign_up_with_list};
use crate::support::pools::{Pool, attribute_list};
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

/// A pool that requires `names`.
async fn requiring(server: &TestServer, names: &[&str]) -> Pool {
    let schema: Value = names
        .iter()
        .map(|name| {
            json!({
                "Name": name, "AttributeDataType": "String", "Required": true, "Mutable": true,
            })
        })
        .collect();
    server.pool(json!({"Schema": schema})).await
}

both_stores! {
    /// The error of SignUp names every required attribute that is missing.
    async fn sign_up_without_required_attributes_is_refused(server: TestServer) {
        let pool = requiring(&server, &["name", "family_name"]).await;
        let app = pool.client(json!({})).await;
        for (given, missing) in [
            (json!({}), vec!["name", "family_name"]),
            (json!({"name": "Ada"}), vec!["family_name"]),
            (json!({"family_name": "King", "nickname": "Countess"}), vec!["name"]),
        ] {
            let items: Vec<_> = missing
                .iter()
                .map(|name| format!("{name}: The attribute is required\n"))
                .collect();
            let text = format!("Attributes did not conform to the schema: {}", items.concat());
            app.sign_up("ada", given).await.fails("InvalidParameterException", &text);
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }
        let all = json!({"name": "Ada", "family_name": "King"});
        app.sign_up("ada", all).await.ok();
    }

    /// The empty value does not supply an attribute, required or not.
    async fn an_empty_value_counts_as_missing(server: TestServer) {
        let pool = requiring(&server, &["name"]).await;
        let app = pool.client(json!({})).await;
        let text = "Attributes did not conform to the schema: name: The attribute is required\n";
        app.sign_up("ada", json!({"name": ""})).await.fails("InvalidParameterException", text);
        refused(&pool.user("ada").await, NO_SUCH_USER);

        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada", "nickname": ""})).await;
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// Emptying a required attribute is reported with the other faults, each on a line of its own.
    async fn an_emptied_required_attribute_is_reported_with_other_faults(server: TestServer) {
        let pool = requiring(&server, &["name"]).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;
        let emptied = json!({"Name": "name", "Value": ""});
        let unknown = json!({"Name": "foo", "Value": "x"});
        let short = json!({"Name": "birthdate", "Value": "2000"});
        for (list, text) in [
            (
                json!([emptied, unknown, short]),
                "user.name: Required attribute cannot be deleted.\n\
                 user.foo: Attribute does not exist in the schema.\n\
                 user.birthdate: String must be no shorter than 10 characters\n",
            ),
            (
                json!([unknown, emptied]),
                "user.foo: Attribute does not exist in the schema.\n\
                 user.name: Required attribute cannot be deleted.",
            ),
        ] {
            person.update_list(list).await.fails("InvalidParameterException", text);
            assert_eq!(person.own().await, json!({"name": "Ada"}));
        }
    }

    /// The most frequent case, one missing attribute.
    async fn sign_up_without_a_required_email_is_refused(server: TestServer) {
        let pool = requiring(&server, &["email"]).await;
        let app = pool.client(json!({})).await;
        let text = "Attributes did not conform to the schema: email: The attribute is required\n";
        app.sign_up("ada", json!({})).await.fails("InvalidParameterException", text);
        refused(&pool.user("ada").await, NO_SUCH_USER);
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
    }

    /// A username that is the required address supplies it.
    async fn a_username_supplies_the_required_address(server: TestServer) {
        let pool = server.pool(json!({
            "UsernameAttributes": ["email"],
            "Schema": [
                {"Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": true},
            ],
        })).await;
        let app = pool.client(json!({})).await;
        sign_up_with_list(&app, "ada@example.com", &json!([])).await.ok();
        let email = pool.attribute("ada@example.com", "email").await;
        assert_eq!(email.as_deref(), Some("ada@example.com"));
    }

    /// AdminCreateUser makes users without them.
    async fn the_administrator_may_leave_required_attributes_out(server: TestServer) {
        let pool = requiring(&server, &["name", "family_name"]).await;
        create_with_list(&pool, "ada", &json!([])).await.ok();
        let user = pool.user("ada").await.ok();
        assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    }

    /// An update of a user without a required attribute is refused unless it supplies that
    /// attribute.
    async fn a_missing_required_attribute_must_come_with_the_next_change(server: TestServer) {
        let pool = requiring(&server, &["name"]).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::invited(&app, "ada", json!({})).await;

        let text = "user.name: The attribute is required\n";
        let countess = json!({"nickname": "Countess"});
        person.update(countess.clone()).await.fails("InvalidParameterException", text);
        let text = "Invalid user attributes: name: The attribute is required\n";
        person.update_by_admin(countess).await.fails("InvalidParameterException", text);
        assert_eq!(person.own().await, json!({}));

        let both = json!({"nickname": "Countess", "name": "Ada"});
        person.update(both.clone()).await.ok();
        assert_eq!(person.own().await, both);
        person.update(json!({"nickname": "Enchantress"})).await.ok();
    }

    /// Neither AdminDeleteUserAttributes nor the empty value removes a required attribute.
    async fn the_administrator_does_not_delete_required_attributes(server: TestServer) {
        let pool = requiring(&server, &["phone_number"]).await;
        let given = json!({"phone_number": "+12025550123", "name": "Ada"});
        create_with_list(&pool, "ada", &attribute_list(&given)).await.ok();
        let text = "Invalid user attributes: phone_number: Required attribute cannot be deleted.";

        for (operation, input) in [
            ("AdminDeleteUserAttributes", json!({"UserAttributeNames": ["name", "phone_number"]})),
            (
                "AdminUpdateUserAttributes",
                json!({"UserAttributes": [{"Name": "phone_number", "Value": ""}]}),
            ),
        ] {
            let mut input = input;
            input["Username"] = json!("ada");
            pool.admin(operation, input).await.fails("InvalidParameterException", text);
        }

        let user = pool.user("ada").await.ok();
        assert_eq!(crate::support::signed_in_user::attributes_of(&user), given);
    }
}
