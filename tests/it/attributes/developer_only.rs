//! Section 2.1: developer-only attributes, which only signed operations know.

use serde_json::json;

use super::sign_up_with;
use crate::confirm::{NO_SUCH_USER, refused};
use crate::profile::{Person, UNAUTHORIZED_WRITE};
use crate::support::pools::Pool;
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
    /// The administrator writes it and sees it; the application and its tokens do not.
    async fn only_the_administrator_sees_it(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let attributes = json!({"name": "Ada", "dev:custom:plan": "gold"});

        let person = Person::invited(&app, "ada", attributes.clone()).await;

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

    /// No application writes or deletes it, though its client has no list.
    async fn no_application_writes_it(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let list = json!([{"Name": "dev:custom:plan", "Value": "gold"}]);

        refused(&sign_up_with(&app, "bob", &list).await, UNAUTHORIZED_WRITE);
        refused(&pool.user("bob").await, NO_SUCH_USER);

        let attributes = json!({"dev:custom:plan": "lead"});
        let person = Person::invited(&app, "ada", attributes.clone()).await;
        refused(&person.update_list(list).await, UNAUTHORIZED_WRITE);
        refused(&person.delete(&["dev:custom:plan"]).await, UNAUTHORIZED_WRITE);
        assert_eq!(person.stored().await, attributes);
    }

    /// Without its prefix there is no such attribute.
    async fn it_has_no_other_name(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;
        let person = Person::join(&app, "ada", json!({})).await;
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
