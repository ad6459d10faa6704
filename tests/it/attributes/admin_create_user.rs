//! Sections 2.4, 3.2 and 9: the attributes of a user whom the administrator makes.

use serde_json::{Value, json};

use crate::support::attributes::{create_with_list, one_attribute};
use crate::support::pools::attribute_list;
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::signed_in_user::{SignedInUser, attributes_of};
use crate::support::{TestServer, both_stores};

fn shared() -> Value {
    json!({"email": "shared@example.com", "email_verified": "true"})
}

both_stores! {
    /// The answer lists the attributes with the flags that the administrator gave, in any case of
    /// letters.
    async fn the_administrator_sets_the_verified_flags(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (username, said, verified) in [
            ("ada", "true", true),
            ("bob", "True", true),
            ("eve", "false", false),
        ] {
            let given = json!({"email": "ada@example.com", "email_verified": said, "name": "Ada"});
            let answer = create_with_list(&pool, username, &attribute_list(&given)).await.ok();

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

    /// AdminCreateUser checks the formats of addresses.
    async fn malformed_addresses_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (name, value, text) in [
            ("email", "nope", "Invalid email address format."),
            ("phone_number", "12345", "Invalid phone number format."),
        ] {
            let answer = create_with_list(&pool, "ada", &one_attribute(name, value)).await;
            answer.fails("InvalidParameterException", text);
            refused(&pool.user("ada").await, NO_SUCH_USER);
        }
    }

    /// Without ForceAliasCreation another user's verified alias is refused. AWS reports a taken
    /// username (boto3#3213), as AliasExistsException is not among this operation's errors.
    async fn a_taken_alias_is_refused(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", shared()).await;

        let answer = create_with_list(&pool, "bob", &attribute_list(&shared())).await;

        answer.fails(
            "UsernameExistsException",
            "An account with the given email already exists.",
        );
        refused(&pool.user("bob").await, NO_SUCH_USER);
        assert_eq!(ada.stored().await, shared());
    }

    /// With ForceAliasCreation the alias moves, and the former owner's address becomes unverified.
    async fn a_forced_alias_moves_and_its_former_owner_is_unverified(server: TestServer) {
        let pool = server.pool(json!({"AliasAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", shared()).await;
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
