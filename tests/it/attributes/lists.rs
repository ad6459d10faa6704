//! Section 2.5: an app client's ReadAttributes and WriteAttributes, on every way in and out.

use serde_json::{Value, json};

use crate::support::attributes::{custom_attribute, one_attribute, sign_up_with_list};
use crate::support::pools::Pool;
use crate::support::refusals::{NO_SUCH_USER, UNAUTHORIZED_WRITE, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

async fn pool(server: &TestServer) -> Pool {
    server
        .pool(json!({"Schema": [custom_attribute("dept", "String", true), custom_attribute("role", "String", false)]}))
        .await
}

/// What Ada has in these tests.
fn profile() -> Value {
    json!({
        "email": "ada@example.com", "email_verified": "true", "name": "Ada",
        "custom:dept": "engines", "custom:role": "reader",
    })
}

/// The claims of an ID token that are attributes of [`profile`].
fn attribute_claims(person: &SignedInUser) -> Vec<String> {
    let claims = person.tokens.id_claims();
    let profile = profile();
    let names = profile.as_object().unwrap().keys();
    names
        .filter(|name| !claims[name.as_str()].is_null())
        .cloned()
        .collect()
}

both_stores! {
    /// Without ReadAttributes everything is read, custom attributes and flags included.
    async fn without_a_list_every_attribute_is_read(server: TestServer) {
        let app = pool(&server).await.client(json!({})).await;

        let person = SignedInUser::invited(&app, "ada", profile()).await;

        assert_eq!(person.own().await, profile());
        assert_eq!(attribute_claims(&person).len(), 5);
    }

    /// GetUser and the ID token show the listed attributes only, and `sub` always.
    async fn only_listed_attributes_are_read(server: TestServer) {
        let pool = pool(&server).await;
        SignedInUser::invited(&pool.client(json!({})).await, "ada", profile()).await;
        for (list, visible) in [
            (json!(["name"]), json!({"name": "Ada"})),
            (json!(["email"]), json!({"email": "ada@example.com"})),
            (json!(["email_verified"]), json!({"email_verified": "true"})),
            (
                json!(["custom:dept", "nickname"]),
                json!({"custom:dept": "engines"}),
            ),
        ] {
            let app = pool.client(json!({"ReadAttributes": list})).await;
            let person = SignedInUser {
                app: app.clone(),
                username: "ada".to_owned(),
                sub: pool.attribute("ada", "sub").await.unwrap(),
                tokens: app.sign_in("ada").await,
            };
            assert_eq!(person.own().await, visible, "{list}");
            let user = person.call("GetUser", json!({})).await.ok();
            let sub = crate::support::pools::attribute(&user["UserAttributes"], "sub");
            assert_eq!(sub.as_ref(), Some(&person.sub));
            let expected: Vec<_> = visible.as_object().unwrap().keys().cloned().collect();
            assert_eq!(attribute_claims(&person), expected, "{list}");
            assert_eq!(person.tokens.id_claims()["sub"], json!(person.sub));
            // The administrator sees everything.
            assert_eq!(person.stored().await, profile());
        }
    }

    /// Without WriteAttributes everything is written except the server's own attributes.
    async fn without_a_list_every_attribute_is_written(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let person = SignedInUser::join(&app, "ada", json!({"custom:role": "reader"})).await;

        person.update(json!({"custom:dept": "engines", "name": "Ada"})).await.ok();

        assert_eq!(person.own().await, json!({
            "custom:dept": "engines", "custom:role": "reader", "name": "Ada",
        }));
        for name in ["email_verified", "phone_number_verified"] {
            let answer = app.sign_up("bob", json!({name: "true"})).await;
            refused(&answer, UNAUTHORIZED_WRITE);
        }
        refused(&pool.user("bob").await, NO_SUCH_USER);
    }

    /// SignUp refuses an attribute that WriteAttributes does not list.
    async fn sign_up_writes_only_listed_attributes(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({"WriteAttributes": ["name", "custom:role"]})).await;
        for wrong in [
            json!({"nickname": "Countess"}),
            json!({"custom:dept": "engines"}),
            json!({"name": "Ada", "email": "ada@example.com"}),
        ] {
            refused(&app.sign_up("ada", wrong).await, UNAUTHORIZED_WRITE);
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }

        // An immutable attribute in the list is settable here.
        let allowed = json!({"name": "Ada", "custom:role": "reader"});
        let person = SignedInUser::join(&app, "ada", allowed.clone()).await;
        assert_eq!(person.own().await, allowed);
        person.update_list(one_attribute("custom:role", "writer")).await.fails(
            "InvalidParameterException",
            "user.custom:role: Attribute cannot be updated.\n",
        );
    }

    /// The lists belong to the client and not to the user: another client may write and read.
    async fn each_client_has_its_own_lists(server: TestServer) {
        let pool = pool(&server).await;
        let narrow = pool
            .client(json!({"WriteAttributes": ["nickname"], "ReadAttributes": ["nickname"]}))
            .await;
        let wide = pool.client(json!({})).await;
        let person = SignedInUser::join(&wide, "ada", json!({"name": "Ada"})).await;
        let tokens = narrow.sign_in("ada").await;
        let input = json!({"UserAttributes": one_attribute("name", "Augusta")});

        let answer = narrow.with_token("UpdateUserAttributes", &tokens.access, input.clone()).await;
        refused(&answer, UNAUTHORIZED_WRITE);
        assert_eq!(person.own().await, json!({"name": "Ada"}));

        person.call("UpdateUserAttributes", input).await.ok();
        assert_eq!(person.own().await, json!({"name": "Augusta"}));
        let seen = narrow.with_token("GetUser", &tokens.access, json!({})).await.ok();
        assert_eq!(crate::support::signed_in_user::attributes_of(&seen), json!({}));
    }

    /// The administrator's operations ignore the lists.
    async fn the_lists_do_not_bind_the_administrator(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({"WriteAttributes": ["nickname"]})).await;
        let person = SignedInUser::invited(&app, "ada", json!({"name": "Ada"})).await;

        person.update_by_admin(json!({"name": "Augusta", "custom:dept": "engines"})).await.ok();

        let expected = json!({"name": "Augusta", "custom:dept": "engines"});
        assert_eq!(person.stored().await, expected);
    }

    /// An attribute that is added later is in no given list, and allowed where there is none.
    async fn an_attribute_that_is_added_later_is_in_no_list(server: TestServer) {
        let pool = pool(&server).await;
        let listed = pool
            .client(json!({"ReadAttributes": ["name"], "WriteAttributes": ["name"]}))
            .await;
        let open = pool.client(json!({})).await;
        let input = json!({"CustomAttributes": [custom_attribute("late", "String", true)]});
        pool.admin("AddCustomAttributes", input).await.ok();

        refused(
            &sign_up_with_list(&listed, "bob", &one_attribute("custom:late", "x")).await,
            UNAUTHORIZED_WRITE,
        );
        let person = SignedInUser::join(&open, "ada", json!({"custom:late": "x"})).await;
        assert_eq!(person.own().await, json!({"custom:late": "x"}));
        person.update(json!({"custom:late": "y"})).await.ok();

        let tokens = listed.sign_in("ada").await;
        let seen = listed.with_token("GetUser", &tokens.access, json!({})).await.ok();
        assert_eq!(crate::support::signed_in_user::attributes_of(&seen), json!({}));
        assert!(tokens.id_claims()["custom:late"].is_null());
        let input = json!({"UserAttributes": one_attribute("custom:late", "z")});
        refused(
            &listed.with_token("UpdateUserAttributes", &tokens.access, input).await,
            UNAUTHORIZED_WRITE,
        );
        assert_eq!(person.own().await, json!({"custom:late": "y"}));
    }
}
