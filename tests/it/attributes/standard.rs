//! Sections 2.1 and 2.4: the standard attributes.

use serde_json::{Value, json};

use crate::support::attributes::one_attribute;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Every standard attribute that a client may write is stored as it is given.
    async fn every_standard_attribute_is_stored(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let all = json!({
            "name": "Ada King", "given_name": "Ada", "family_name": "King",
            "middle_name": "Augusta", "nickname": "Countess", "preferred_username": "ada.k",
            "profile": "anything", "picture": "not a URL", "website": "neither",
            "email": "ada@example.com", "gender": "of one's own", "birthdate": "1815-12-10",
            "zoneinfo": "Mars/Olympus", "locale": "tlh", "phone_number": "+12025550123",
            "address": "12 St James's Square", "updated_at": "1700000000",
        });

        let person = SignedInUser::join(&app, "ada", all.clone()).await;

        assert_eq!(person.own().await, all);
        assert_eq!(person.stored().await, all);
        person.update(all.clone()).await.ok();
        assert_eq!(person.own().await, all);
    }

    /// `address` is an object in the ID token; free texts are strings.
    async fn the_id_token_shows_standard_attributes_in_their_types(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({
            "name": "Ada King", "zoneinfo": "Mars/Olympus", "address": "12 St James's Square",
        })).await;
        let claims = person.tokens.id_claims();
        assert_eq!(claims["name"], "Ada King");
        assert_eq!(claims["zoneinfo"], "Mars/Olympus");
        assert_eq!(claims["address"], json!({"formatted": "12 St James's Square"}));
    }

    /// updated_at is a number from zero on.
    async fn updated_at_is_not_negative(server: TestServer) {
        let app = server.pool(json!({})).await.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"updated_at": "0"})).await;

        person.update_list(one_attribute("updated_at", "-1")).await.fails(
            "InvalidParameterException",
            "user.updated_at: Number must be no less than 0\n",
        );

        assert_eq!(person.own().await, json!({"updated_at": "0"}));
    }

    /// A pool may bound a standard attribute, and make it immutable.
    async fn a_pool_may_bound_a_standard_attribute(server: TestServer) {
        let standard = |name: &str, mutable: bool| -> Value {
            json!({
                "Name": name, "AttributeDataType": "String", "Mutable": mutable,
                "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"},
            })
        };
        let pool = server
            .pool(json!({"Schema": [standard("nickname", true), standard("given_name", false)]}))
            .await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"given_name": "Ada"})).await;

        person.update_list(one_attribute("nickname", "Countess")).await.fails(
            "InvalidParameterException",
            "user.nickname: String must be no longer than 4 characters\n",
        );
        person.update_list(one_attribute("given_name", "Eve")).await.fails(
            "InvalidParameterException",
            "user.given_name: Attribute cannot be updated.\n",
        );

        assert_eq!(person.own().await, json!({"given_name": "Ada"}));
    }
}
