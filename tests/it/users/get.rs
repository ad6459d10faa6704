//! Section 9: AdminGetUser, and what all operations on one user have in common.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::{PASSWORD, attribute_list, laid_over};
use crate::support::users::{assert_unknown, confirmed_user};
use crate::support::{Pool, TestServer, both_stores};

/// Every operation of the administrator on one user, with all else that it asks for.
fn operations() -> Vec<(&'static str, Value)> {
    let attributes = attribute_list(&json!({ "name": "Ada" }));
    vec![
        ("AdminGetUser", json!({})),
        ("AdminConfirmSignUp", json!({})),
        (
            "AdminSetUserPassword",
            json!({ "Password": PASSWORD, "Permanent": true }),
        ),
        (
            "AdminUpdateUserAttributes",
            json!({ "UserAttributes": attributes }),
        ),
        (
            "AdminDeleteUserAttributes",
            json!({ "UserAttributeNames": ["name"] }),
        ),
        ("AdminEnableUser", json!({})),
        ("AdminDisableUser", json!({})),
        ("AdminUserGlobalSignOut", json!({})),
        ("AdminDeleteUser", json!({})),
    ]
}

/// UserCreateDate and UserLastModifiedDate, in seconds.
async fn dates(pool: &Pool) -> [f64; 2] {
    let user = pool.user("ada").await.ok();
    ["UserCreateDate", "UserLastModifiedDate"].map(|name| user[name].as_f64().unwrap())
}

both_stores! {
    /// The answer's members; those of MFA are absent without MFA (section 5.6).
    async fn the_answer_has_no_members_of_mfa(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true", "name": "Ada" });
        let sub = confirmed_user(&pool, "ada", attributes.clone()).await;
        let user = pool.user("ada").await.ok();
        assert_eq!(
            member_names(&user),
            ["Enabled", "UserAttributes", "UserCreateDate", "UserLastModifiedDate", "UserStatus", "Username"]
        );
        assert_eq!(user["Username"], "ada");
        assert_eq!(user["Enabled"], true);
        assert_eq!(user["UserStatus"], "CONFIRMED");
        let listed: serde_json::Map<_, _> = user["UserAttributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (entry["Name"].as_str().unwrap().to_owned(), entry["Value"].clone()))
            .collect();
        assert_eq!(Value::Object(listed), laid_over(attributes, json!({ "sub": sub })));
    }

    /// The date of creation stays; the date of the last change moves with each change.
    async fn the_creation_date_stays_and_the_modification_date_moves(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let [made, mut changed] = dates(&pool).await;
        let age = server.now().as_duration().as_secs_f64() - made;
        assert!((-1.0..60.0).contains(&age), "made {age} s ago");
        for operation in [
            "AdminSetUserPassword",
            "AdminUpdateUserAttributes",
            "AdminDeleteUserAttributes",
            "AdminDisableUser",
            "AdminEnableUser",
        ] {
            server.advance(100).await;
            let (_, input) = operations().into_iter().find(|(name, _)| *name == operation).unwrap();
            let input = laid_over(json!({ "Username": "ada" }), input);
            pool.admin(operation, input).await.ok();
            let [still_made, changed_now] = dates(&pool).await;
            assert!((still_made - made).abs() < 0.001, "{operation}");
            assert!(changed_now > changed + 99.0, "{operation}");
            changed = changed_now;
        }
    }

    /// By username, by `sub`, and by an alias that is configured and verified.
    async fn a_user_is_found_by_username_sub_and_verified_alias(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "phone_number"] })).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true", "phone_number": "+15551239934",
        });
        let sub = confirmed_user(&pool, "ada", attributes).await;
        for name in ["ada", sub.as_str(), "ada@example.com"] {
            assert_eq!(pool.user(name).await.ok()["Username"], "ada", "{name}");
        }
        assert_unknown(&pool, "+15551239934").await;
        assert_unknown(&pool, "ADA").await;
    }

    /// An address that the pool does not use as an alias.
    async fn an_address_that_is_no_alias_finds_nobody(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let sub = confirmed_user(&pool, "ada", attributes).await;
        assert_unknown(&pool, "ada@example.com").await;
        assert_eq!(pool.user(&sub).await.ok()["Username"], "ada");
    }

    /// Every operation on a user who does not exist.
    async fn an_unknown_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        confirmed_user(&other, "ada", json!({})).await;
        for (operation, input) in operations() {
            let input = laid_over(json!({ "Username": "ada" }), input);
            let answer = pool.admin(operation, input).await;
            answer.fails("UserNotFoundException", "User does not exist.");
        }
        assert_unknown(&pool, "ada").await;
        other.user("ada").await.ok();
    }

    /// Every operation on a pool that does not exist.
    async fn an_unknown_pool_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let mut operations = operations();
        operations.push(("AdminCreateUser", json!({ "MessageAction": "SUPPRESS" })));
        for (operation, input) in operations {
            let nowhere = json!({ "UserPoolId": "us-east-1_Nowhere12", "Username": "ada" });
            let answer = pool.admin(operation, laid_over(nowhere, input)).await;
            let text = "User pool us-east-1_Nowhere12 does not exist.";
            answer.fails("ResourceNotFoundException", text);
        }
    }

    /// Every operation without a signature (section 1.5).
    async fn an_unsigned_call_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        for (operation, input) in operations() {
            let user = json!({ "UserPoolId": pool.id, "Username": "ada" });
            let answer = server.client.call(operation, laid_over(user, input)).await;
            let text = "Missing Authentication Token";
            answer.fails("MissingAuthenticationTokenException", text);
        }
        let user = pool.user("ada").await.ok();
        assert_eq!((&user["Enabled"], &user["UserStatus"]), (&json!(true), &json!("CONFIRMED")));
    }
}
