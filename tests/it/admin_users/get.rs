//! Section 9: AdminGetUser, and what all operations on one user have in common.

use serde_json::{Value, json};

use super::{is_unknown, member, members};
use crate::support::pools::{PASSWORD, attribute_list, laid_over};
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
    /// Its members; those of MFA are absent without MFA (section 5.6).
    async fn the_answer(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true", "name": "Ada" });
        let sub = member(&pool, "ada", attributes.clone()).await;
        let user = pool.user("ada").await.ok();
        assert_eq!(
            members(&user),
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

    /// When the user was made stays; when she was last changed moves with each change.
    async fn the_dates(server: TestServer) {
        let pool = server.pool(json!({})).await;
        member(&pool, "ada", json!({})).await;
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

    /// By name, by `sub`, and by an alias that is configured and verified.
    async fn the_names_it_takes(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "phone_number"] })).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true", "phone_number": "+15551239934",
        });
        let sub = member(&pool, "ada", attributes).await;
        for name in ["ada", sub.as_str(), "ada@example.com"] {
            assert_eq!(pool.user(name).await.ok()["Username"], "ada", "{name}");
        }
        is_unknown(&pool, "+15551239934").await;
        is_unknown(&pool, "ADA").await;
    }

    /// Never by an address that the pool does not use as a name.
    async fn an_address_that_is_no_name(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let sub = member(&pool, "ada", attributes).await;
        is_unknown(&pool, "ada@example.com").await;
        assert_eq!(pool.user(&sub).await.ok()["Username"], "ada");
    }

    /// Whatever is asked of a user who is not there.
    async fn an_unknown_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        member(&other, "ada", json!({})).await;
        for (operation, input) in operations() {
            let input = laid_over(json!({ "Username": "ada" }), input);
            let answer = pool.admin(operation, input).await;
            answer.fails("UserNotFoundException", "User does not exist.");
        }
        is_unknown(&pool, "ada").await;
        other.user("ada").await.ok();
    }

    /// Whatever is asked of a pool that is not there.
    async fn an_unknown_pool(server: TestServer) {
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

    /// Whatever is asked by who does not sign (section 1.5).
    async fn an_unsigned_call(server: TestServer) {
        let pool = server.pool(json!({})).await;
        member(&pool, "ada", json!({})).await;
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
