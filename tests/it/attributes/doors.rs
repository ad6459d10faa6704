//! Section 2.4: what every operation that writes attributes refuses, whatever the schema says.

use serde_json::json;

use super::{create_with, one, sign_up_with};
use crate::confirm::{NO_SUCH_USER, refused};
use crate::profile::{Person, UNAUTHORIZED_WRITE};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// A value has to be there when a user is made, too.
    async fn a_value_may_not_be_null(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let text = "Attribute value for nickname must not be null";
        for list in [json!([{"Name": "nickname"}]), json!([{"Name": "nickname", "Value": null}])] {
            sign_up_with(&app, "ada", &list).await.fails("InvalidParameterException", text);
            create_with(&pool, "ada", &list).await.fails("InvalidParameterException", text);
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }
    }

    /// The identities of other providers are the server's own: no operation writes them.
    async fn identities_are_not_written(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let list = one("identities", "[]");
        let fixed = "Cannot modify the non-mutable attribute identities";
        refused(&sign_up_with(&app, "ada", &list).await, UNAUTHORIZED_WRITE);
        create_with(&pool, "ada", &list).await.fails("InvalidParameterException", fixed);
        refused(&pool.user("ada").await, NO_SUCH_USER);

        let person = Person::join(&app, "ada", json!({"name": "Ada"})).await;
        refused(&person.update_list(list.clone()).await, UNAUTHORIZED_WRITE);
        refused(&person.delete(&["identities"]).await, UNAUTHORIZED_WRITE);
        let answer = person.update_list_by_admin(list).await;
        answer.fails("InvalidParameterException", fixed);
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// Where the address is the username the attribute is not another one.
    async fn a_username_and_its_attribute_are_one(server: TestServer) {
        let pool = server.pool(json!({"UsernameAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let other = one("email", "other@example.com");
        let text = "Attribute value for email must be the same as the username.";
        for answer in [
            sign_up_with(&app, "ada@example.com", &other).await,
            create_with(&pool, "ada@example.com", &other).await,
        ] {
            answer.fails("InvalidParameterException", text);
            for name in ["ada@example.com", "other@example.com"] {
                refused(&pool.user(name).await, NO_SUCH_USER);
            }
        }
        let same = one("email", "ada@example.com");
        sign_up_with(&app, "ada@example.com", &same).await.ok();
    }

    /// Section 2.5: an address that comes as the username keeps the attribute's bounds too.
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
            sign_up_with(&app, "lovelace@example.com", &json!([])).await,
            create_with(&pool, "lovelace@example.com", &json!([])).await,
        ] {
            answer.fails_as("InvalidParameterException");
            refused(&pool.user("lovelace@example.com").await, NO_SUCH_USER);
        }
        sign_up_with(&app, "ada@example.com", &json!([])).await.ok();
    }

    /// Section 2.5: the hosted pages' pseudo-attribute may be listed, and means no attribute.
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
        let person = Person::join(&app, "ada", json!({"name": "Ada"})).await;
        assert_eq!(person.own().await, json!({"name": "Ada"}));
        refused(&person.update(json!({"nickname": "Countess"})).await, UNAUTHORIZED_WRITE);
    }
}
