//! Section 3.2: by which names the administrator finds a user, and whose a name is.

use serde_json::{Value, json};

use crate::support::pools::attribute;
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::refusals::USERNAME_TAKEN;
use crate::support::refusals::{NO_SUCH_USER, Refusal, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::signed_in_user::attributes_of;
use crate::support::users::{
    assert_unknown, call_for_user, confirmed_user, create_user, set_password, status,
};
use crate::support::{Answer, SrpClient, TestServer, both_stores};
use crate::support::{AppClient, Pool};

const NAME_TAKEN: Refusal = (
    "AliasExistsException",
    "An account with the given preferred_username already exists.",
);

const ACCOUNT_EXISTS: Refusal = ("UsernameExistsException", "User account already exists");

fn verified() -> Value {
    json!({ "email": "ada@example.com", "email_verified": "true" })
}

/// AdminCreateUser with a preferred_username.
async fn create_preferring(pool: &Pool, username: &str, name: &str) -> Answer {
    let list = attribute_list(&json!({ "preferred_username": name }));
    create_user(pool, username, json!({ "UserAttributes": list })).await
}

/// A client of a pool in which users also sign in by their preferred username.
async fn preferring(server: &TestServer) -> AppClient {
    let pool = server
        .pool(json!({ "AliasAttributes": ["preferred_username"] }))
        .await;
    pool.client(json!({})).await
}

/// Who AdminGetUser finds by that name.
async fn found(pool: &Pool, name: &str) -> Value {
    pool.user(name).await.ok()["Username"].clone()
}

both_stores! {
    /// Every operation on a user takes the username, a verified alias and the sub.
    async fn each_operation_takes_each_name(server: TestServer) {
        for kind in ["username", "alias", "sub"] {
            let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
            let app = pool.client(json!({})).await;
            let sub = confirmed_user(&pool, "ada", verified()).await;
            let name = match kind {
                "username" => "ada",
                "alias" => "ada@example.com",
                _ => sub.as_str(),
            };
            set_password(&pool, name, "An0ther-Horse!", true).await.ok();
            app.initiate("ada", "An0ther-Horse!").await.ok();

            call_for_user(&pool, "AdminDisableUser", name).await.ok();
            assert_eq!(pool.user("ada").await.ok()["Enabled"], false, "{kind}");
            call_for_user(&pool, "AdminEnableUser", name).await.ok();
            assert_eq!(pool.user("ada").await.ok()["Enabled"], true, "{kind}");

            let body = app.initiate("ada", "An0ther-Horse!").await.ok();
            let access = body["AuthenticationResult"]["AccessToken"].as_str().unwrap();
            call_for_user(&pool, "AdminUserGlobalSignOut", name).await.ok();
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

            call_for_user(&pool, "AdminDeleteUser", name).await.ok();
            assert_unknown(&pool, "ada").await;
        }
    }

    /// AdminConfirmSignUp too, for a user who has a verified alias before the confirmation.
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
            call_for_user(&pool, "AdminConfirmSignUp", name).await.ok();
            assert_eq!(status(&pool, "ada").await, "CONFIRMED", "{kind}");
        }
    }

    /// Where the address is the username, the stored username is the sub, which SRP uses.
    async fn srp_uses_the_sub_where_the_address_is_the_username(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let sub = confirmed_user(&pool, "ada@example.com", json!({})).await;
        let body = SrpClient::new().initiate(&app, "ada@example.com").await.ok();
        for name in ["USERNAME", "USER_ID_FOR_SRP"] {
            assert_eq!(body["ChallengeParameters"][name], json!(sub), "{name}");
        }
        SrpClient::sign_in(&app, "ada@example.com", PASSWORD).await.ok();
    }

    /// Where case does not count, every operation stores names in lower case.
    async fn names_are_stored_in_lower_case_where_case_does_not_count(server: TestServer) {
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
        let person = SignedInUser::invited(&app, "ADA", given).await;
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

    /// A preferred_username that signs in is no other user's username or sub, and no username is
    /// another user's preferred_username.
    async fn a_name_belongs_to_one_user(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", json!({})).await;
        let bob = SignedInUser::invited(&app, "bob", json!({ "preferred_username": "robert" })).await;

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
    async fn an_address_that_is_a_username_is_refused_to_another_user(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let sub = confirmed_user(&pool, "ada@example.com", json!({})).await;
        let answer = create_user(&pool, "ada@example.com", json!({})).await;
        answer.fails(
            "UsernameExistsException",
            "An account with the given email already exists.",
        );
        assert_eq!(pool.user("ada@example.com").await.ok()["Username"], json!(sub));
    }

    /// Another user's `sub` or username is refused as an alias, and still finds its own user.
    async fn the_sub_or_username_of_another_user_is_refused_as_alias(server: TestServer) {
        let app = preferring(&server).await;
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        let eve = SignedInUser::join(&app, "eve", json!({})).await;
        for name in [ada.sub.as_str(), "ada"] {
            let wanted = json!({ "preferred_username": name });
            refused(&eve.update(wanted.clone()).await, NAME_TAKEN);
            refused(&eve.update_by_admin(wanted).await, NAME_TAKEN);
            assert_eq!(found(&app.pool, name).await, "ada");
        }
        assert_eq!(eve.own().await, json!({}));
        assert_eq!(attributes_of(&app.pool.user(&ada.sub).await.ok()), json!({}));
        assert_eq!(app.sign_in("ada").await.access_claims()["sub"], json!(ada.sub));
    }

    /// Another user's alias is refused as a username.
    async fn the_alias_of_another_user_is_refused_as_username(server: TestServer) {
        let app = preferring(&server).await;
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        ada.update(json!({ "preferred_username": "countess" })).await.ok();
        refused(&app.sign_up("countess", json!({})).await, USERNAME_TAKEN);
        assert_eq!(app.sign_in("countess").await.access_claims()["sub"], json!(ada.sub));
        assert_eq!(found(&app.pool, "countess").await, "ada");
        // Given up, it is free.
        ada.update(json!({ "preferred_username": "" })).await.ok();
        app.sign_up("countess", json!({})).await.ok();
        assert_eq!(found(&app.pool, "countess").await, "countess");
    }

    /// A name is looked up as a username first, and then as an alias.
    async fn a_name_is_looked_up_as_username_before_alias(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "preferred_username"] })).await;
        let ada = confirmed_user(&pool, "ada", json!({
            "email": "ada@example.com", "email_verified": "true", "preferred_username": "countess",
        })).await;
        let eve = confirmed_user(&pool, "eve", json!({})).await;
        for (name, sub) in [
            ("ada", &ada), ("ada@example.com", &ada), ("countess", &ada), ("eve", &eve),
        ] {
            let found = pool.user(name).await.ok();
            assert_eq!(attribute(&found["UserAttributes"], "sub").as_ref(), Some(sub), "{name}");
        }
        pool.user("duchess").await.fails("UserNotFoundException", "User does not exist.");
    }
}
