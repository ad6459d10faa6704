//! Section 2.1: developer-only attributes, which only signed operations know.

use serde_json::json;

use crate::support::attributes::sign_up_with_list;
use crate::support::pools::Pool;
use crate::support::refusals::{NO_SUCH_USER, UNAUTHORIZED_WRITE, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

async fn pool(server: &TestServer) -> Pool {
    server
        .pool(json!({"Schema": [{
            "Name": "plan", "AttributeDataType": "String", "Mutable": true,
            "DeveloperOnlyAttribute": true,
        }]}))
        .await
}

both_stores! {
    /// The administrator writes and reads it; applications and tokens do not show it.
    async fn a_developer_only_attribute_is_shown_to_the_administrator_only(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let attributes = json!({"name": "Ada", "dev:custom:plan": "gold"});

        let person = SignedInUser::invited(&app, "ada", attributes.clone()).await;

        assert_eq!(person.stored().await, attributes);
        assert_eq!(person.own().await, json!({"name": "Ada"}));
        let id = person.tokens.id_claims();
        for claim in ["dev:custom:plan", "custom:plan"] {
            assert!(id[claim].is_null(), "{id}");
        }

        person.update_by_admin(json!({"dev:custom:plan": "lead"})).await.ok();
        assert_eq!(person.attribute("dev:custom:plan").await.as_deref(), Some("lead"));

        let input = json!({"Username": "ada", "UserAttributeNames": ["dev:custom:plan"]});
        app.pool.admin("AdminDeleteUserAttributes", input).await.ok();
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// An application neither writes nor deletes it, even if its client has no list of attributes.
    async fn a_developer_only_attribute_is_not_written_by_an_application(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let list = json!([{"Name": "dev:custom:plan", "Value": "gold"}]);

        refused(&sign_up_with_list(&app, "bob", &list).await, UNAUTHORIZED_WRITE);
        refused(&pool.user("bob").await, NO_SUCH_USER);

        let attributes = json!({"dev:custom:plan": "lead"});
        let person = SignedInUser::invited(&app, "ada", attributes.clone()).await;
        refused(&person.update_list(list).await, UNAUTHORIZED_WRITE);
        refused(&person.delete(&["dev:custom:plan"]).await, UNAUTHORIZED_WRITE);
        assert_eq!(person.stored().await, attributes);
    }

    /// Without its prefix the attribute is unknown.
    async fn a_developer_only_attribute_needs_its_prefix(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({})).await;
        person.update(json!({"custom:plan": "gold"})).await.fails(
            "InvalidParameterException",
            "user.custom:plan: Attribute does not exist in the schema.\n",
        );
        person.update_by_admin(json!({"custom:plan": "gold"})).await.fails(
            "InvalidParameterException",
            "Invalid user attributes: \
             user.custom:plan: Attribute does not exist in the schema.\n",
        );
        assert_eq!(person.stored().await, json!({}));
    }
}
