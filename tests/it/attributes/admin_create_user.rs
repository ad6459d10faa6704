//! Sections 2.4, 3.2 and 9: the attributes of a user whom the administrator makes.

use serde_json::{Value, json};

use super::{create_with, one};
use crate::confirm::{NO_SUCH_USER, refused};
use crate::profile::{Person, attributes_of};
use crate::support::pools::attribute_list;
use crate::support::{TestServer, both_stores};

fn shared() -> Value {
    json!({"email": "shared@example.com", "email_verified": "true"})
}

both_stores! {
    /// The answer lists the attributes, verified as the administrator says, in any case of letters.
    async fn the_administrator_says_what_is_verified(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (username, said, verified) in [
            ("ada", "true", true),
            ("bob", "True", true),
            ("eve", "false", false),
        ] {
            let given = json!({"email": "ada@example.com", "email_verified": said, "name": "Ada"});
            let answer = create_with(&pool, username, &attribute_list(&given)).await.ok();

            let user = &answer["User"];
            assert_eq!(user["Username"], username);
            assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
            assert_eq!(user["Enabled"], true);
            let mut expected = json!({"email": "ada@example.com", "name": "Ada"});
            if verified {
                expected["email_verified"] = json!("true");
            }
            assert_eq!(attributes_of(&json!({"UserAttributes": user["Attributes"]})), expected);
            assert_eq!(attributes_of(&pool.user(username).await.ok()), expected);
        }
    }

    /// Addresses have their formats here too.
    async fn malformed_addresses_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (name, value, text) in [
            ("email", "nope", "Invalid email address format."),
            ("phone_number", "12345", "Invalid phone number format."),
        ] {
            let answer = create_with(&pool, "ada", &one(name, value)).await;
            answer.fails("InvalidParameterException", text);
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }
    }

    /// A verified alias of another user is not given away by itself; AWS calls that a taken
    /// username (boto3#3213), as AliasExistsException is not among this operation's errors.
    async fn a_taken_alias_is_refused(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let ada = Person::invited(&app, "ada", shared()).await;

        let answer = create_with(&pool, "bob", &attribute_list(&shared())).await;

        answer.fails(
            "UsernameExistsException",
            "An account with the given email already exists.",
        );
        refused(&pool.user("bob").await, NO_SUCH_USER);
        assert_eq!(ada.stored().await, shared());
    }

    /// Forced, it moves, and the former owner is no longer verified.
    async fn a_forced_alias_moves(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let ada = Person::invited(&app, "ada", shared()).await;
        let input = json!({
            "Username": "bob", "UserAttributes": attribute_list(&shared()),
            "MessageAction": "SUPPRESS", "ForceAliasCreation": true,
        });

        pool.admin("AdminCreateUser", input).await.ok();

        assert_eq!(attributes_of(&pool.user("bob").await.ok()), shared());
        assert_eq!(ada.stored().await, json!({"email": "shared@example.com"}));
        assert_eq!(pool.user("shared@example.com").await.ok()["Username"], "bob");
    }
}
