//! Section 2.4: what every operation that writes attributes refuses, whatever the schema says.

use serde_json::json;

use crate::support::attributes::{create_with_list, one_attribute, sign_up_with_list};
use crate::support::refusals::{NO_SUCH_USER, UNAUTHORIZED_WRITE, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// SignUp and AdminCreateUser refuse an attribute without a value.
    async fn a_null_value_makes_no_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let text = "Attribute value for nickname must not be null";
        for list in [json!([{"Name": "nickname"}]), json!([{"Name": "nickname", "Value": null}])] {
            sign_up_with_list(&app, "ada", &list).await.fails("InvalidParameterException", text);
            create_with_list(&pool, "ada", &list).await.fails("InvalidParameterException", text);
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }
    }

    /// `identities` belongs to the server: no operation writes it.
    async fn identities_are_not_written(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let list = one_attribute("identities", "[]");
        let fixed = "Cannot modify the non-mutable attribute identities";
        refused(&sign_up_with_list(&app, "ada", &list).await, UNAUTHORIZED_WRITE);
        create_with_list(&pool, "ada", &list).await.fails("InvalidParameterException", fixed);
        refused(&pool.user("ada").await, NO_SUCH_USER);

        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;
        refused(&person.update_list(list.clone()).await, UNAUTHORIZED_WRITE);
        refused(&person.delete(&["identities"]).await, UNAUTHORIZED_WRITE);
        let answer = person.update_list_by_admin(list).await;
        answer.fails("InvalidParameterException", fixed);
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// Where the address is the username, the attribute cannot differ from it.
    async fn a_username_that_is_an_address_is_its_attribute(server: TestServer) {
        let pool = server.pool(json!({"UsernameAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let other = one_attribute("email", "other@example.com");
        let text = "Attribute value for email must be the same as the username.";
        for answer in [
            sign_up_with_list(&app, "ada@example.com", &other).await,
            create_with_list(&pool, "ada@example.com", &other).await,
        ] {
            answer.fails("InvalidParameterException", text);
            for name in ["ada@example.com", "other@example.com"] {
                refused(&pool.user(name).await, NO_SUCH_USER);
            }
        }
        let same = one_attribute("email", "ada@example.com");
        sign_up_with_list(&app, "ada@example.com", &same).await.ok();
    }

    /// Section 2.5: an address given as the username obeys the attribute's bounds too.
    async fn a_username_keeps_the_bounds_of_its_attribute(server: TestServer) {
        let pool = server.pool(json!({
            "UsernameAttributes": ["email"],
            "Schema": [{
                "Name": "email", "AttributeDataType": "String",
                "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "16"},
            }],
        })).await;
        let app = pool.client(json!({})).await;
        for answer in [
            sign_up_with_list(&app, "lovelace@example.com", &json!([])).await,
            create_with_list(&pool, "lovelace@example.com", &json!([])).await,
        ] {
            answer.fails_as("InvalidParameterException");
            refused(&pool.user("lovelace@example.com").await, NO_SUCH_USER);
        }
        sign_up_with_list(&app, "ada@example.com", &json!([])).await.ok();
    }

    /// Section 2.5: a client may list the pseudo-attribute of the hosted pages, which has no
    /// effect.
    async fn a_pseudo_attribute_may_be_listed(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let list = json!(["name", "oidc:profile"]);
        let app = pool.client(json!({"WriteAttributes": list, "ReadAttributes": list})).await;
        let described = pool.admin("DescribeUserPoolClient", json!({"ClientId": app.id})).await.ok();
        for member in ["WriteAttributes", "ReadAttributes"] {
            let mut names: Vec<_> = described["UserPoolClient"][member].as_array().unwrap().clone();
            names.sort_by_key(ToString::to_string);
            assert_eq!(json!(names), list, "{member}");
        }
        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;
        assert_eq!(person.own().await, json!({"name": "Ada"}));
        refused(&person.update(json!({"nickname": "Countess"})).await, UNAUTHORIZED_WRITE);
    }
}
