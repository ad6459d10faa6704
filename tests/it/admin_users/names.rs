//! Section 3.2: by which names the administrator finds a user, and whose a name is.

use serde_json::{Value, json};

use super::{about, create_user, is_unknown, member, set_password, status};
use crate::confirm::{NO_SUCH_USER, Refusal, refused};
use crate::profile::Person;
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::{Answer, SrpClient, TestServer, both_stores};

const NAME_TAKEN: Refusal = (
    "AliasExistsException",
    "An account with the given preferred_username already exists.",
);

const ACCOUNT_EXISTS: Refusal = ("UsernameExistsException", "User account already exists");

fn verified() -> Value {
    json!({ "email": "ada@example.com", "email_verified": "true" })
}

/// AdminCreateUser with a preferred_username.
async fn create_preferring(pool: &crate::support::Pool, username: &str, name: &str) -> Answer {
    let list = attribute_list(&json!({ "preferred_username": name }));
    create_user(pool, username, json!({ "UserAttributes": list })).await
}

both_stores! {
    /// Every operation on a user takes the username, a verified alias and the sub.
    async fn each_operation_takes_each_name(server: TestServer) {
        for kind in ["username", "alias", "sub"] {
            let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
            let app = pool.client(json!({})).await;
            let sub = member(&pool, "ada", verified()).await;
            let name = match kind {
                "username" => "ada",
                "alias" => "ada@example.com",
                _ => sub.as_str(),
            };
            set_password(&pool, name, "An0ther-Horse!", true).await.ok();
            app.initiate("ada", "An0ther-Horse!").await.ok();

            about(&pool, "AdminDisableUser", name).await.ok();
            assert_eq!(pool.user("ada").await.ok()["Enabled"], false, "{kind}");
            about(&pool, "AdminEnableUser", name).await.ok();
            assert_eq!(pool.user("ada").await.ok()["Enabled"], true, "{kind}");

            let body = app.initiate("ada", "An0ther-Horse!").await.ok();
            let access = body["AuthenticationResult"]["AccessToken"].as_str().unwrap();
            about(&pool, "AdminUserGlobalSignOut", name).await.ok();
            let answer = app.with_token("GetUser", access, json!({})).await;
            answer.fails("NotAuthorizedException", "Access Token has been revoked");

            let input = json!({
                "Username": name, "UserAttributes": attribute_list(&json!({ "name": "Ada" })),
            });
            pool.admin("AdminUpdateUserAttributes", input).await.ok();
            assert_eq!(pool.attribute("ada", "name").await.as_deref(), Some("Ada"), "{kind}");
            let input = json!({ "Username": name, "UserAttributeNames": ["name"] });
            pool.admin("AdminDeleteUserAttributes", input).await.ok();
            assert_eq!(pool.attribute("ada", "name").await, None, "{kind}");

            about(&pool, "AdminDeleteUser", name).await.ok();
            is_unknown(&pool, "ada").await;
        }
    }

    /// AdminConfirmSignUp too, for who has a verified alias before the confirmation.
    async fn confirming_takes_each_name(server: TestServer) {
        for kind in ["username", "alias", "sub"] {
            let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
            let app = pool.client(json!({})).await;
            let signed_up = app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
            let list = attribute_list(&json!({ "email_verified": "true" }));
            let input = json!({ "Username": "ada", "UserAttributes": list });
            pool.admin("AdminUpdateUserAttributes", input).await.ok();
            let name = match kind {
                "username" => "ada",
                "alias" => "ada@example.com",
                _ => signed_up["UserSub"].as_str().unwrap(),
            };
            about(&pool, "AdminConfirmSignUp", name).await.ok();
            assert_eq!(status(&pool, "ada").await, "CONFIRMED", "{kind}");
        }
    }

    /// Where the address is the username, the user's own name is the sub: SRP is about that.
    async fn srp_is_about_the_sub(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let sub = member(&pool, "ada@example.com", json!({})).await;
        let body = SrpClient::new().initiate(&app, "ada@example.com").await.ok();
        for name in ["USERNAME", "USER_ID_FOR_SRP"] {
            assert_eq!(body["ChallengeParameters"][name], json!(sub), "{name}");
        }
        SrpClient::sign_in(&app, "ada@example.com", PASSWORD).await.ok();
    }

    /// Where letters are alike, names are kept in small ones, through every door.
    async fn names_are_kept_in_small_letters(server: TestServer) {
        let pool = server
            .pool(json!({
                "AliasAttributes": ["email", "preferred_username"],
                "AutoVerifiedAttributes": ["email"],
                "UsernameConfiguration": { "CaseSensitive": false },
                "UserAttributeUpdateSettings": {
                    "AttributesRequireVerificationBeforeUpdate": ["email"],
                },
            }))
            .await;
        let app = pool.client(json!({})).await;
        let given = json!({ "email": "ADA@Example.com", "email_verified": "true" });
        let person = Person::invited(&app, "ADA", given).await;
        assert_eq!(pool.user("aDa").await.ok()["Username"], "ada");
        assert_eq!(person.attribute("email").await.as_deref(), Some("ada@example.com"));

        let given = json!({
            "email": "Lovelace@Example.com", "email_verified": "true",
            "preferred_username": "Countess",
        });
        person.update_by_admin(given).await.ok();
        assert_eq!(person.attribute("email").await.as_deref(), Some("lovelace@example.com"));
        let preferred = person.attribute("preferred_username").await;
        assert_eq!(preferred.as_deref(), Some("countess"));
        app.sign_in("COUNTESS").await;

        person.update(json!({ "email": "New@Home.org" })).await.ok();
        let code = server.inbox("new@home.org").code().await;
        person.verify("email", &code).await.ok();
        assert_eq!(person.attribute("email").await.as_deref(), Some("new@home.org"));
        app.sign_in("NEW@home.org").await;
    }

    /// A preferred_username that signs in is nobody else's username or sub, and no username is
    /// somebody's preferred_username.
    async fn a_name_is_one_users_name(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let app = pool.client(json!({})).await;
        let ada = Person::invited(&app, "ada", json!({})).await;
        let bob = Person::invited(&app, "bob", json!({ "preferred_username": "robert" })).await;

        for name in ["bob", "robert", &bob.sub] {
            refused(&ada.update(json!({ "preferred_username": name })).await, NAME_TAKEN);
            let by_admin = ada.update_by_admin(json!({ "preferred_username": name })).await;
            refused(&by_admin, NAME_TAKEN);
            assert_eq!(ada.stored().await, json!({}), "{name}");
            // AliasExistsException is not among this operation's errors.
            refused(&create_preferring(&pool, "eve", name).await, ACCOUNT_EXISTS);
            refused(&pool.user("eve").await, NO_SUCH_USER);
        }
        let answer = app.sign_up("robert", json!({})).await;
        refused(&answer, ("UsernameExistsException", "User already exists"));
        let answer = create_user(&pool, "robert", json!({})).await;
        refused(&answer, ACCOUNT_EXISTS);
        assert_eq!(pool.user("robert").await.ok()["Username"], "bob");
        assert_eq!(app.sign_in("robert").await.access_claims()["username"], "bob");
    }

    /// An address that is a username is taken for AdminCreateUser, too.
    async fn an_address_is_one_users_name(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let sub = member(&pool, "ada@example.com", json!({})).await;
        let answer = create_user(&pool, "ada@example.com", json!({})).await;
        answer.fails(
            "UsernameExistsException",
            "An account with the given email already exists.",
        );
        assert_eq!(pool.user("ada@example.com").await.ok()["Username"], json!(sub));
    }
}
