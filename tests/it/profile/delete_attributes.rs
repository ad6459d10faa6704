//! DeleteUserAttributes: sections 2.4 and 2.5.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, UNAUTHORIZED_WRITE, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// The named attributes are deleted, the others stay.
    async fn named_attributes_are_deleted(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{"Name": "dept", "AttributeDataType": "String", "Mutable": true}],
        })).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({
            "name": "Ada", "nickname": "Countess", "custom:dept": "engines",
        })).await;

        let answer = person.delete(&["nickname", "custom:dept"]).await.ok();

        assert_eq!(answer, json!({}));
        assert_eq!(person.own().await, json!({"name": "Ada"}));
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// A later address is not verified by the former one's flag.
    async fn deleting_an_address_deletes_its_verification(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::invited(&app, "ada", json!({
            "email": "ada@example.com", "email_verified": "true",
            "phone_number": "+12025550123", "phone_number_verified": "true",
        })).await;

        person.delete(&["email", "phone_number"]).await.ok();
        assert_eq!(person.stored().await, json!({}));

        person.update(json!({"email": "ada@example.com"})).await.ok();
        assert_eq!(person.stored().await, json!({"email": "ada@example.com"}));
    }

    /// A deleted alias is free for others, and signs nobody in.
    async fn a_deleted_alias_is_free(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let address = json!({"email": "shared@example.com", "email_verified": "true"});
        let ada = SignedInUser::invited(&app, "ada", address.clone()).await;
        app.sign_in("shared@example.com").await;

        ada.delete(&["email"]).await.ok();

        refused(
            &app.initiate("shared@example.com", PASSWORD).await,
            NO_SUCH_USER,
        );
        SignedInUser::invited(&app, "bob", address).await;
        let tokens = app.sign_in("shared@example.com").await;
        assert_eq!(tokens.access_claims()["username"], "bob");
    }

    /// An absent attribute can be deleted, and an empty list deletes nothing.
    async fn deleting_nothing_succeeds(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await;

        person.delete(&["nickname", "email"]).await.ok();
        person.delete(&[]).await.ok();

        assert_eq!(person.own().await, json!({"name": "Ada"}));
    }

    /// Deleting needs the client's permission to write; one attribute without it keeps all of them.
    async fn deleting_needs_permission_to_write(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({"WriteAttributes": ["nickname"]})).await;
        let attributes = json!({"name": "Ada", "nickname": "Countess"});
        let person = SignedInUser::invited(&app, "ada", attributes.clone()).await;

        refused(&person.delete(&["name"]).await, UNAUTHORIZED_WRITE);
        refused(&person.delete(&["nickname", "name"]).await, UNAUTHORIZED_WRITE);

        assert_eq!(person.stored().await, attributes);
        person.delete(&["nickname"]).await.ok();
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }

    /// The server's own, immutable and unknown attributes are refused.
    async fn immutable_and_unknown_attributes_are_not_deleted(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{"Name": "role", "AttributeDataType": "String", "Mutable": false}],
        })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({"name": "Ada", "custom:role": "reader"});
        let person = SignedInUser::join(&app, "ada", attributes.clone()).await;

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
