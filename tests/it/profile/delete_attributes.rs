//! DeleteUserAttributes: sections 2.4 and 2.5.

use serde_json::json;

use super::{Person, UNAUTHORIZED_WRITE};
use crate::confirm::{NO_SUCH_USER, refused};
use crate::support::pools::PASSWORD;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Named attributes go, the others stay.
    async fn named_attributes_go(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{"Name": "dept", "AttributeDataType": "String", "Mutable": true}],
        })).await;
        let app = pool.client(json!({})).await;
        let person = Person::join(&app, "ada", json!({
            "name": "Ada", "nickname": "Countess", "custom:dept": "engines",
        })).await;

        let answer = person.delete(&["nickname", "custom:dept"]).await.ok();

        assert_eq!(answer, json!({}));
        assert_eq!(person.own().await, json!({"name": "Ada"}));
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// With an address goes what was known of it: a later one is not verified by the former.
    async fn with_an_address_goes_its_verification(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = Person::invited(&app, "ada", json!({
            "email": "ada@example.com", "email_verified": "true",
            "phone_number": "+12025550123", "phone_number_verified": "true",
        })).await;

        person.delete(&["email", "phone_number"]).await.ok();
        assert_eq!(person.stored().await, json!({}));

        person.update(json!({"email": "ada@example.com"})).await.ok();
        assert_eq!(person.stored().await, json!({"email": "ada@example.com"}));
    }

    /// An alias that was deleted is free, and signs nobody in.
    async fn a_deleted_alias_is_free(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let address = json!({"email": "shared@example.com", "email_verified": "true"});
        let ada = Person::invited(&app, "ada", address.clone()).await;
        app.sign_in("shared@example.com").await;

        ada.delete(&["email"]).await.ok();

        refused(
            &app.initiate("shared@example.com", PASSWORD).await,
            NO_SUCH_USER,
        );
        Person::invited(&app, "bob", address).await;
        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
    }

    /// What is not there can be deleted, and an empty list deletes nothing.
    async fn deleting_nothing_succeeds(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = Person::join(&app, "ada", json!({"name": "Ada"})).await;

        person.delete(&["nickname", "email"]).await.ok();
        person.delete(&[]).await.ok();

        assert_eq!(person.own().await, json!({"name": "Ada"}));
    }

    /// Deleting needs the client's permission to write, and one that lacks keeps the others.
    async fn deleting_is_writing(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({"WriteAttributes": ["nickname"]})).await;
        let attributes = json!({"name": "Ada", "nickname": "Countess"});
        let person = Person::invited(&app, "ada", attributes.clone()).await;

        refused(&person.delete(&["name"]).await, UNAUTHORIZED_WRITE);
        refused(&person.delete(&["nickname", "name"]).await, UNAUTHORIZED_WRITE);

        assert_eq!(person.stored().await, attributes);
        person.delete(&["nickname"]).await.ok();
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// Neither what is the server's own nor what never changes is deleted, nor what is unknown.
    async fn what_never_changes_stays(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{"Name": "role", "AttributeDataType": "String", "Mutable": false}],
        })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"name": "Ada", "custom:role": "reader"});
        let person = Person::join(&app, "ada", attributes.clone()).await;

        for (name, text) in [
            ("sub", "Cannot modify the non-mutable attribute sub"),
            ("email_verified", "Cannot modify the non-mutable attribute email_verified"),
            ("custom:role", "user.custom:role: Attribute cannot be updated.\n"),
            ("custom:none", "user.custom:none: Attribute does not exist in the schema.\n"),
        ] {
            person.delete(&["name", name]).await.fails("InvalidParameterException", text);
        }

        assert_eq!(person.stored().await, attributes);
    }
}
